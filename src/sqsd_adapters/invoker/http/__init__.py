"""The invoker that POSTs each message to a worker, as the daemon of Elastic Beanstalk does."""
