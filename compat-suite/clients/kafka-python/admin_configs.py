"""Settings of topics, brokers and groups."""

from failures import item_of_text
from kafka.admin import AlterConfigOp, ConfigResource


class Configs:
    def describe_configs(self, resources, names=None):
        wanted = [ConfigResource(kind, name, names) for kind, name in resources]
        found = self._client.describe_configs(wanted, config_filter="all")
        return {"configs": [shown(found[kind][name]) for kind, name in resources]}

    def alter_configs(self, resource, set=None, delete=(), append=None, subtract=None):
        changes = {name: (AlterConfigOp.SET, value) for name, value in (set or {}).items()}
        changes |= {name: (AlterConfigOp.DELETE, None) for name in delete}
        changes |= {name: (AlterConfigOp.APPEND, value) for name, value in (append or {}).items()}
        changes |= {name: (AlterConfigOp.SUBTRACT, value) for name, value in (subtract or {}).items()}
        # It has no replace-configs: before the older call it adds all that is set already.
        kind, name = resource
        wanted = [ConfigResource(kind, name, changes)]
        answer = self._client.alter_configs(wanted, raise_on_unknown=False, incremental=True)
        return {"results": {name: item_of_text(answer[kind][name])}}

    def list_config_resources(self, types=None):
        wanted = None if types is None else [each.replace("-", "_").upper() for each in types]
        found = self._client.list_config_resources(wanted)
        return {"resources": sorted([kind, name] for kind, names in found.items() for name in names)}


def shown(configs):
    return {
        name: {
            "value": each["value"],
            "source": each["config_source"],
            "read_only": each["read_only"],
            "sensitive": each["is_sensitive"],
            "default": each["config_source"] == "DEFAULT_CONFIG",
        }
        for name, each in configs.items()
    }
