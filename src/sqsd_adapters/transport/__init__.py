"""HTTP as one request and one answer: what the HTTP invoker and the short path to SQS stand on."""
