"""Generated from proto/sqsd.proto by ``make proto``."""
