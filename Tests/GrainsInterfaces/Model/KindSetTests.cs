using CsCheck;
using MetaCollector.Grains.Interfaces.Model;
using Xunit;

namespace MetaCollector.Tests.GrainsInterfaces.Model;

public sealed class KindSetTests
{
    private static readonly Gen<ResourceKind> Kind = Gen.Int[1, Enum.GetValues<ResourceKind>().Length].Select(number => (ResourceKind)number);
    private static readonly Gen<ResourceKind[]> Kinds = Kind.Array[0, 8];

    [Fact]
    public void AnyTwo_BehaveAsSets() => Gen.Select(Kinds, Kinds, Kind).Sample((left, right, kind) =>
    {
        var (one, other) = (KindSet.Of(left), KindSet.Of(right));
        Assert.Equal(left.Contains(kind), one.Contains(kind));
        Assert.Equal(left.Distinct().Order(), one.Kinds());
        Assert.Equal(left.Union(right).Order(), one.Union(other).Kinds());
        Assert.Equal(left.Append(kind).Distinct().Order(), one.With(kind).Kinds());
        Assert.Equal(left.Where(member => member != kind).Distinct().Order(), one.Without(kind).Kinds());
        Assert.Equal(left.ToHashSet().SetEquals(right), one == other);
    });

    [Fact]
    public void ResourceKinds_NameAndGroup_FindTheKindAndNoOther()
    {
        foreach (var kind in Enum.GetValues<ResourceKind>())
        {
            Assert.Equal(kind, ResourceKinds.Find(ResourceKinds.GroupOf(kind), ResourceKinds.NameOf(kind)));
            Assert.Null(ResourceKinds.Find("example.com", ResourceKinds.NameOf(kind)));
        }
    }
}
