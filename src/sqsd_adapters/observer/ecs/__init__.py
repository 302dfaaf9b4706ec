"""Protection of an ECS task from scale-in while it holds messages."""

from sqsd_adapters.observer.ecs.agent import agent
from sqsd_adapters.observer.ecs.queue import GuardedQueue
from sqsd_adapters.observer.ecs.task import TaskProtection

__all__ = ["GuardedQueue", "TaskProtection", "agent"]
