"""``sqsd check``: tries what a daemon will do, harmlessly, and says what will go wrong before it does."""
