using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using MetaCollector.ApiServer.Requests;
using Wire = MetaCollector.Informer.Wire;

namespace MetaCollector.Tests.Informer.Reading;

/// <summary>An API server that answers what it was told to, byte by byte; then its watches stay open and silent.</summary>
internal sealed class ScriptedApiServer : IApiServer
{
    private readonly ConcurrentQueue<Func<HttpResponseMessage>> _answers = [];

    public Uri Url { get; } = new("http://scripted/");

    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>The newest version, for whoever asks for nothing else.</summary>
    public string Version { get; set; } = "1000000";

    public static byte[] Object(IMessage message) => [.. "k8s\0"u8, .. new Wire.Unknown { Raw = message.ToByteString() }.ToByteArray()];

    public static byte[] Event(string type, byte[] envelope)
    {
        var body = new Wire.WatchEvent { Type = type, Object = new Wire.RawExtension { Raw = ByteString.CopyFrom(envelope) } }.ToByteArray();
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    public static Wire.PartialObjectMetadata Deployment(string name, string version = "5") => new()
    {
        Metadata = new Wire.ObjectMeta { Name = name, Namespace = "default", Uid = "uid-" + name, ResourceVersion = version },
    };

    /// <summary>The next answer is a list with these items.</summary>
    public ScriptedApiServer ThenList(string resourceVersion, params byte[][] items) => ThenBytes(ListOf(resourceVersion, items), isOpen: false);

    /// <summary>The next answer is a watch with these events that stays open.</summary>
    public ScriptedApiServer ThenWatch(params byte[][] events) => ThenBytes([.. events.SelectMany(one => one)], isOpen: true);

    /// <summary>The next answer is a watch that ends after these bytes.</summary>
    public ScriptedApiServer ThenCut(params byte[] bytes) => ThenBytes(bytes, isOpen: false);

    /// <summary>The next answer, to a watch, is one that ends before it brings anything; to a list, these items.</summary>
    public ScriptedApiServer ThenCutOrList(string resourceVersion, params byte[][] items)
    {
        _answers.Enqueue(() => IsWatch(Asked.Last()) ? Ok([], isOpen: false) : Ok(ListOf(resourceVersion, items), isOpen: false));
        return this;
    }

    /// <summary>The next request is not answered: there is nobody.</summary>
    public ScriptedApiServer ThenUnreachable()
    {
        _answers.Enqueue(() => throw new UnreachableException("Connection refused"));
        return this;
    }

    /// <summary>The next answer is none: the connection is closed.</summary>
    public ScriptedApiServer ThenHangUp()
    {
        _answers.Enqueue(() => throw new HttpRequestException("The response ended prematurely."));
        return this;
    }

    /// <summary>The next answer is an error.</summary>
    public ScriptedApiServer ThenError(int code, string text)
    {
        _answers.Enqueue(() => new HttpResponseMessage((HttpStatusCode)code) { Content = new StringContent(text) });
        return this;
    }

    /// <summary>The next answer is some text.</summary>
    public ScriptedApiServer ThenText(string text)
    {
        _answers.Enqueue(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(text) });
        return this;
    }

    public Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (request.Path.EndsWith("limit=1", StringComparison.Ordinal)) return Task.FromResult(Ok(ListOf(Version, []), isOpen: false));
        Asked.Enqueue(request.Path);
        return Task.FromResult(_answers.TryDequeue(out var answer) ? answer() : Ok([], isOpen: true));
    }

    private static bool IsWatch(string pathAndQuery) => pathAndQuery.Contains("watch=true", StringComparison.Ordinal);

    private static byte[] ListOf(string resourceVersion, byte[][] items) => Object(new Wire.ObjectList
    {
        Metadata = new Wire.ListMeta { ResourceVersion = resourceVersion }, Items = { items.Select(ByteString.CopyFrom) },
    });

    private static HttpResponseMessage Ok(byte[] bytes, bool isOpen)
    {
        var content = new StreamContent(isOpen ? new OpenStream(bytes) : new MemoryStream(bytes));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/vnd.kubernetes.protobuf");
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private ScriptedApiServer ThenBytes(byte[] bytes, bool isOpen)
    {
        _answers.Enqueue(() => Ok(bytes, isOpen));
        return this;
    }

    /// <summary>Stays open once its bytes were read.</summary>
    private sealed class OpenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length) await Task.Delay(Timeout.Infinite, cancellationToken);
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }
}
