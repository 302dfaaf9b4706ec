"""The variables by subject, in the order of the documentation; each class adds its own to those before it."""
