using System.Buffers;
using System.IO.Pipelines;
using CsCheck;
using Google.Protobuf;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer.Decoding;
using MetaCollector.Tests.Support;
using Xunit;
using Wire = MetaCollector.Informer.Wire;

namespace MetaCollector.Tests.Informer.Decoding;

public sealed class MalformedBytesTests
{
    private readonly ObjectDecoder _decoder = new(Pools.Versions);

    [Fact]
    public void Decode_AnyBytes_BringAnObjectOrAreMalformed() => Gen.Byte.Array[0, 80].Sample(bytes =>
    {
        foreach (var kind in Enum.GetValues<ResourceKind>())
        {
            try
            {
                var decoded = _decoder.Decode(kind, new ReadOnlySequence<byte>(bytes));
                Assert.False(decoded.Resource.Uid.IsEmpty);
            }
            catch (MalformedObjectException)
            {
                // As it should be.
            }
        }

        try
        {
            var (_, raw) = Envelope.Open(new ReadOnlySequence<byte>(bytes));
            Envelope.TakeOff(raw);
        }
        catch (MalformedObjectException)
        {
            // As it should be.
        }
    }, iter: 2000);

    [Theory]
    [InlineData(WatchFrames.MaxFrame + 1L)]
    [InlineData(int.MaxValue + 1L)]
    [InlineData(long.MaxValue)]
    public async Task List_ItemOfTooManyBytes_IsRefusedBeforeItIsHeld(long length)
    {
        // A list whose only item claims to be as long as that.
        byte[] item = [0x12, .. Varint(length)];
        byte[] list = [.. "k8s\0"u8, 0x12, .. Varint(length / 2 + 100), .. item];
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() =>
            new ListBody(PipeReader.Create(new MemoryStream(list))).ReadAsync(_ => { }, TestContext.Current.CancellationToken));
        Assert.Equal($"an item of {length} bytes", fault.Message);
    }

    [Fact]
    public void Decode_ObjectWithoutUid_IsMalformed() => Assert.Throws<MalformedObjectException>(() => _decoder.Decode(
        ResourceKind.Pod, Bytes(new Wire.Pod { Metadata = new Wire.ObjectMeta { Name = "a", Namespace = "default" } })));

    [Fact]
    public void Decode_UnknownFields_AreSkipped()
    {
        var pod = new Wire.Pod { Metadata = new Wire.ObjectMeta { Name = "a", Namespace = "default", Uid = "u-1" } };
        // Field 200 of a message of some later version.
        var decoded = _decoder.Decode(ResourceKind.Pod, new ReadOnlySequence<byte>([.. pod.ToByteArray(), 0xc2, 0x0c, 0x02, 1, 2]));

        Assert.Equal("u-1", decoded.Resource.Uid.ToString());
    }

    [Fact]
    public void Decode_InvalidUtf8_IsMalformed()
    {
        var bytes = new Wire.Pod { Metadata = new Wire.ObjectMeta { Name = "abc", Namespace = "default", Uid = "u-1" } }.ToByteArray();
        bytes[bytes.AsSpan().IndexOf("abc"u8)] = 0xff;

        Assert.Throws<MalformedObjectException>(() => _decoder.Decode(ResourceKind.Pod, new ReadOnlySequence<byte>(bytes)));
    }

    [Fact]
    public void Decode_SecondObjectWithTheSameParts_SharesThem()
    {
        Pod Decode(string name) => (Pod)_decoder.Decode(ResourceKind.Pod, Bytes(new Wire.Pod
        {
            Metadata = new Wire.ObjectMeta
            {
                Name = name, Namespace = "default", Uid = name, GenerateName = "web-", Labels = { new Wire.Entry { Key = "app", Value = "web" } },
                OwnerReferences = { new Wire.OwnerReference { ApiVersion = "apps/v1", Kind = "ReplicaSet", Uid = "r", Controller = true } },
            },
            Spec = new Wire.PodSpec { NodeName = "node-a" },
        })).Resource;

        var (one, other) = (Decode("one"), Decode("other"));

        Assert.Same(one.Labels, other.Labels);
        Assert.Same(one.Controller, other.Controller);
        Assert.Same(one.Namespace, other.Namespace);
        Assert.Same(one.Node, other.Node);
        Assert.Same(one.GenerateName, other.GenerateName);
    }

    private static byte[] Varint(long value)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) output.WriteUInt64((ulong)value);
        return bytes.ToArray();
    }

    private static ReadOnlySequence<byte> Bytes(IMessage message) => new(message.ToByteArray());
}
