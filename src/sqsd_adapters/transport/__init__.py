"""HTTP transports: one request, one answer; used by the HTTP invoker and the short path to SQS."""
