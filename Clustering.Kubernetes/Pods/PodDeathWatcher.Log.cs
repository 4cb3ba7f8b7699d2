using Microsoft.Extensions.Logging;

namespace MetaCollector.Clustering.Kubernetes.Pods;

internal sealed partial class PodDeathWatcher
{
    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Information, "Declared {Count} silos dead before joining, since their pods are gone: {Silos}")]
        public static partial void SweptDead(ILogger logger, int count, string silos);

        [LoggerMessage(301, LogLevel.Warning, "Cannot find out which pods are gone in namespace {Namespace}; joining without, which may take minutes where silos have died. May this service account list and watch pods?")]
        public static partial void CannotSweep(ILogger logger, Exception exception, string @namespace);

        [LoggerMessage(302, LogLevel.Information, "The pod of silo {Silo} is gone: declaring it dead")]
        public static partial void PodGone(ILogger logger, string silo);

        [LoggerMessage(303, LogLevel.Warning, "Watching pods in namespace {Namespace} failed; listing them again in {Pause}")]
        public static partial void WatchFailed(ILogger logger, Exception exception, string @namespace, TimeSpan pause);

        [LoggerMessage(304, LogLevel.Warning, "The pods in namespace {Namespace} with selector '{Selector}' do not include this silo's own, {Pod} ({Uid}): this silo declares no silo dead by its pod. Check the namespace, the selector and the pod's uid.")]
        public static partial void SelfNotListed(ILogger logger, string @namespace, string? selector, string pod, string uid);
    }
}
