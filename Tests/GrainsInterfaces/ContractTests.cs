using System.Reflection;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.GrainsInterfaces;

/// <summary>
/// Silos of two versions run side by side in every rolling update: what they say to each other changes by addition alone, and knowingly.
/// Add to Contracts.txt with METACOLLECTOR_UPDATE=1; a line that changes or goes breaks the update from the version before.
/// </summary>
public sealed class ContractTests
{
    private const string Baseline = "Grains.Interfaces/Contracts.txt";

    private static readonly Assembly[] Product =
    [
        typeof(INodeGrain).Assembly, typeof(GrainsHosting).Assembly, typeof(MetaCollector.Gateway.GatewayOptions).Assembly,
        typeof(MetaCollector.Informer.InformerOptions).Assembly, typeof(MetaCollector.Clustering.Kubernetes.KubernetesClusteringOptions).Assembly,
        typeof(MetaCollector.Silo.Hosting.Collector).Assembly,
    ];

    [Fact]
    public void Contracts_OfTheCode_AreThoseOfTheBaseline()
    {
        var text = Contracts.Render(Product);
        if (Repository.Updates) File.WriteAllText(Repository.PathOf(Baseline), text);
        else Assert.Equal(Repository.Read(Baseline), text);
    }

    [Fact]
    public void Messages_All_HaveAliasesAndAreImmutable()
    {
        var messages = Contracts.Messages(Product);
        Assert.NotEmpty(messages);
        Assert.Empty(messages.Where(type => Contracts.AliasOf(type) is null).Select(type => type.FullName));
        // Exceptions are not copied by members.
        Assert.Empty(messages.Where(type => !type.IsDefined(typeof(ImmutableAttribute), inherit: false) && !type.IsSubclassOf(typeof(Exception)))
            .Select(type => type.FullName));
    }

    [Fact]
    public void Interfaces_All_HaveAliasesAndSoDoTheirMethods()
    {
        var interfaces = Contracts.Interfaces(Product);
        Assert.NotEmpty(interfaces);
        Assert.Empty(interfaces.Where(type => Contracts.AliasOf(type) is null).Select(type => type.FullName));
        Assert.Empty(interfaces.SelectMany(type => type.GetMethods()).Where(method => Contracts.AliasOf(method) is null).Select(method => method.Name));
    }

    [Theory]
    [InlineData(typeof(Renumbered))]
    [InlineData(typeof(Signed))]
    [InlineData(typeof(Shorter))]
    public void Render_MessageThatOthersWouldMisread_Differs(Type changed) => Assert.NotEqual(MembersOf(typeof(Before)), MembersOf(changed));

    [Fact]
    public void Render_MembersInAnotherOrder_IsTheSame() => Assert.Equal(MembersOf(typeof(Before)), MembersOf(typeof(Reordered)));

    private static string MembersOf(Type type) => string.Join('\n', Contracts.Message(type).Split('\n').Skip(1));

    private sealed record Before([property: Id(0)] string Name, [property: Id(1)] uint Count);

    private sealed record Renumbered([property: Id(1)] string Name, [property: Id(0)] uint Count);

    private sealed record Signed([property: Id(0)] string Name, [property: Id(1)] int Count);

    private sealed record Shorter([property: Id(0)] string Name);

    private sealed record Reordered([property: Id(1)] uint Count, [property: Id(0)] string Name);
}
