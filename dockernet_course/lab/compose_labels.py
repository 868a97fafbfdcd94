"""The labels by which Compose marks what it makes, containers and networks (Compose's documentation, "Labels")."""

from __future__ import annotations

__all__ = ["COMPOSE_PROJECT", "COMPOSE_SERVICE"]

COMPOSE_PROJECT, COMPOSE_SERVICE = "com.docker.compose.project", "com.docker.compose.service"
