using Microsoft.Extensions.Logging;

namespace MetaCollector.Clustering.Kubernetes.Membership;

internal sealed partial class KubernetesMembershipTable
{
    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Warning, "The membership table, ConfigMap {Namespace}/{Name}, cannot be read: {Reason}; trying again, for {Seconds} s so far. Is the API server up, is the token valid, and may this account get, create and update it?")]
        public static partial void WaitingForTable(ILogger logger, string @namespace, string name, long seconds, string reason);

        [LoggerMessage(101, LogLevel.Information, "Created the membership table: ConfigMap {Namespace}/{Name}")]
        public static partial void TableCreated(ILogger logger, string @namespace, string name);

        [LoggerMessage(102, LogLevel.Warning, "The membership table, ConfigMap {Namespace}/{Name}, was found {Condition} (version {Found}): written again as version {Version} with {Silos} silos. Was it deleted or edited by hand?")]
        public static partial void TableHealed(ILogger logger, string @namespace, string name, TableCondition condition, int? found, int version, int silos);

        [LoggerMessage(103, LogLevel.Warning, "The membership table, ConfigMap {Namespace}/{Name}, was found {Condition}; waiting for a running silo to repair it")]
        public static partial void LeavingRepairToOthers(ILogger logger, string @namespace, string name, TableCondition condition);
    }
}
