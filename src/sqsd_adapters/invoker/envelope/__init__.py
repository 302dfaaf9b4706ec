"""Opens a message before it is invoked: takes it out of SNS's envelope, and fetches its body from S3."""
