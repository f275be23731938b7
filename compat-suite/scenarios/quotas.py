"""Quotas of clients and users."""

from __future__ import annotations

from suite import World, same, scenario


@scenario(needs=["admin.alter-quotas", "admin.describe-quotas"], feature="quotas", rules=["2.11"])
def quotas_are_kept(world: World) -> None:
    """A client's quota is set, told, and taken back."""
    entity = {"client-id": world.name("client")}
    world.client.admin("alter-quotas", entity=entity, set={"producer_byte_rate": 1_000_000.0})
    told = world.until(lambda: world.client.admin("describe-quotas", entity=entity)["quotas"])
    same([each["values"] for each in told], [{"producer_byte_rate": 1_000_000.0}])
    world.client.admin("alter-quotas", entity=entity, delete=["producer_byte_rate"])
    world.until(lambda: world.client.admin("describe-quotas", entity=entity)["quotas"] == [])
