"""The invoker port's adapters: a worker behind HTTP, or a Python callable of this process."""
