"""The lock store port's adapters: memory, a file of SQLite, Redis, a table of DynamoDB, or no locks at all."""
