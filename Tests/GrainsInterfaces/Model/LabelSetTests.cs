using CsCheck;
using MetaCollector.Grains.Interfaces.Model;
using Xunit;

namespace MetaCollector.Tests.GrainsInterfaces.Model;

public sealed class LabelSetTests
{
    private static readonly Gen<Dictionary<string, string>> Labels =
        Gen.Dictionary(OneOf("a", "app", "app.kubernetes.io/name", "b", "tier"), OneOf("", "x", "y"))[0, 5];

    [Fact]
    public void Of_AnyOrder_IsEqualAndSorted() => Gen.Select(Labels, Gen.Int).Sample((labels, seed) =>
    {
        var shuffled = labels.ToArray();
        new Random(seed).Shuffle(shuffled);
        var (one, other) = (LabelSet.Of(labels), LabelSet.Of(shuffled));
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal(labels.OrderBy(label => label.Key, StringComparer.Ordinal), other);
        Assert.Equal(labels.Count, one.Count);
        for (var i = 0; i < one.Count; i++) Assert.Equal(one.ElementAt(i), one.At(i));
    });

    [Fact]
    public void OfFlat_AnyOrderAndRepeated_IsThatOfThePairs() => Gen.Select(Gen.Select(OneOf("a", "b", "c"), OneOf("", "x", "y")).List[0, 5], Gen.Bool)
        .Sample((pairs, isSorted) =>
        {
            if (isSorted) pairs.Sort((left, right) => string.CompareOrdinal(left.Item1, right.Item1));
            Assert.Equal(
                LabelSet.Of(pairs.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))),
                LabelSet.OfFlat([.. pairs.SelectMany(pair => (string[])[pair.Item1, pair.Item2])]));
        });

    [Fact]
    public void Find_AnyKey_IsItsValueOrNull() => Labels.Sample(labels =>
    {
        foreach (var key in (string[])["a", "app", "app.kubernetes.io/name", "b", "tier", "zzz", ""])
            Assert.Equal(labels.GetValueOrDefault(key), LabelSet.Of(labels).Find(key));
    });

    [Fact]
    public void Selects_AnyTwo_AsEveryLabelOfItIsThere() => Gen.Select(Labels, Labels).Sample((selector, labels) =>
        Assert.Equal(selector.Count > 0 && selector.All(wanted => labels.Contains(wanted)), LabelSet.Of(selector).Selects(LabelSet.Of(labels))));

    [Fact]
    public void Equals_AnyTwo_AsTheDictionaries() => Gen.Select(Labels, Labels).Sample((left, right) =>
        Assert.Equal(left.Count == right.Count && !left.Except(right).Any(), LabelSet.Of(left).Equals(LabelSet.Of(right))));

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    [Fact]
    public void Of_KeyGivenTwice_TheLastValueCounts() =>
        Assert.Equal("app=b", LabelSet.Of([new("app", "a"), new("app", "b")]).ToString());
}
