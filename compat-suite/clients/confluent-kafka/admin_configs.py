"""Settings of topics, brokers and groups."""

from confluent_kafka import admin
from confluent_kafka.admin import ConfigResource, ConfigSource
from failures import failures, results


class Configs:
    def describe_configs(self, resources):
        return {"configs": [failures.attempt(self._described, each) for each in resources]}

    def _described(self, resource):
        [future] = self._client.describe_configs([ConfigResource(*resource)]).values()
        return {name: shown(each) for name, each in future.result().items()}

    def alter_configs(self, resource, set=None, delete=(), append=None, subtract=None):
        kinds = admin.AlterConfigOpType
        changes = [entry(name, value, kinds.SET) for name, value in (set or {}).items()]
        changes += [entry(name, None, kinds.DELETE) for name in delete]
        changes += [entry(name, value, kinds.APPEND) for name, value in (append or {}).items()]
        changes += [entry(name, value, kinds.SUBTRACT) for name, value in (subtract or {}).items()]
        wanted = ConfigResource(*resource, incremental_configs=changes)
        return self._named(results(self._client.incremental_alter_configs([wanted])))

    def replace_configs(self, resource, set):
        return self._named(results(self._client.alter_configs([ConfigResource(*resource, set_config=set)])))

    def _named(self, answers):
        return {"results": {resource.name: item for resource, item in answers.items()}}


def entry(name, value, operation):
    return admin.ConfigEntry(name, value, incremental_operation=operation)


def shown(config):
    return {
        "value": config.value,
        "source": source(config.source),
        "read_only": config.is_read_only,
        "sensitive": config.is_sensitive,
        "default": config.is_default,
    }


def source(number):
    try:
        return ConfigSource(number).name
    except ValueError:
        return str(number)
