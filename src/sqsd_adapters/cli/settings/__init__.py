"""The settings: each variable with its type, its rules and its texts, and how they are read."""
