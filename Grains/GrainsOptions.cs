using System.IO.Enumeration;

namespace MetaCollector.Grains;

/// <summary>Settings of the grains.</summary>
public sealed class GrainsOptions
{
    /// <summary>How long the set of replicas must be unchanged before grains move to the replicas where they belong.</summary>
    public TimeSpan RebalanceAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a node's grain keeps a gateway that does not renew its subscription. Gateways renew every minute at least; this is two and a half times
    /// that. A gateway on a silo that died is dropped at once; one that was only slow is sent everything again when it renews.
    /// </summary>
    public TimeSpan ObserverExpiry { get; set; } = TimeSpan.FromSeconds(150);

    /// <summary>Names of nodes without a Falco, such as virtual nodes; * stands for any characters. Default: none.</summary>
    public IReadOnlyList<string> NodesWithoutFalco { get; set; } = [];

    /// <summary>Whether a node is one of <see cref="NodesWithoutFalco"/>.</summary>
    public bool IsWithoutFalco(string node) => NodesWithoutFalco.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, node, ignoreCase: false));
}
