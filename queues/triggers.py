"""Database trigger: a sector keeps at least one live queue."""

from sectors.triggers import sector_keeps_one

SECTOR_KEEPS_QUEUE = sector_keeps_one("queue", "queues_queue")
