"""SQS's semantics without SQS: a pure engine, the Queue port over it, and a server that real SDKs can use."""
