using Microsoft.Extensions.Logging;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

public sealed partial class LeaseElector
{
    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Information, "{Identity} leads with term {Term}: took the Lease, since {Reason}")]
        public static partial void Acquired(ILogger logger, string identity, long term, string reason);

        [LoggerMessage(201, LogLevel.Warning, "{Identity} no longer leads with term {Term}: {Reason}")]
        public static partial void Lost(ILogger logger, string identity, long term, string reason);

        [LoggerMessage(202, LogLevel.Information, "{Identity} no longer leads with term {Term}: {Reason}")]
        public static partial void GivenUp(ILogger logger, string identity, long term, string reason);

        [LoggerMessage(203, LogLevel.Warning, "{Identity} cannot renew the Lease of term {Term}; it leads until another replica does")]
        public static partial void CannotRenew(ILogger logger, Exception exception, string identity, long term);

        [LoggerMessage(204, LogLevel.Information, "{Identity} renews the Lease of term {Term} again, after {Failures} failures")]
        public static partial void RenewedAgain(ILogger logger, string identity, long term, int failures);

        [LoggerMessage(205, LogLevel.Warning, "The Lease of {Identity} with term {Term} was deleted; created it again")]
        public static partial void Recreated(ILogger logger, string identity, long term);

        [LoggerMessage(206, LogLevel.Warning, "The Lease of {Identity} with term {Term} was edited by hand (holder '{Holder}', transitions {Transitions}); restoring it")]
        public static partial void Restored(ILogger logger, string identity, long term, string holder, long transitions);

        [LoggerMessage(207, LogLevel.Warning, "{Identity} could not give up the Lease {Namespace}/{Name}: {Reason}; another replica takes it once it has expired")]
        public static partial void CannotRelease(ILogger logger, string identity, string @namespace, string name, string reason);

        [LoggerMessage(208, LogLevel.Warning, "Cannot read or take the Lease {Namespace}/{Name}: {Reason}; trying again. Is the API server up, is the token valid, and may this account get, create and update it?")]
        public static partial void CannotLook(ILogger logger, string @namespace, string name, string reason);

        [LoggerMessage(209, LogLevel.Information, "The Lease {Namespace}/{Name} can be read again")]
        public static partial void LookingAgain(ILogger logger, string @namespace, string name);

        [LoggerMessage(210, LogLevel.Information, "Created the Lease {Namespace}/{Name}")]
        public static partial void Created(ILogger logger, string @namespace, string name);
    }
}
