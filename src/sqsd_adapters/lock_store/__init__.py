"""The lock store port's adapters: this process's memory, Redis, or no locks at all."""
