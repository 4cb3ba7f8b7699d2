using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MetaCollector.Simulator.Hosting;

/// <summary>
/// Lets one cleartext port serve both HTTP/1.1 and HTTP/2 with prior knowledge. Kestrel chooses the protocol of a cleartext port
/// once and for all; here the first bytes of each connection choose, and are told to Kestrel as ALPN would tell it.
/// </summary>
internal static class CleartextHttp2
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0"u8;

    public static ConnectionDelegate Detect(ConnectionDelegate next) => async connection =>
    {
        if (await StartsWithPrefaceAsync(connection))
        {
            var chosen = new Http2Chosen();
            connection.Features.Set<ITlsConnectionFeature>(chosen);
            connection.Features.Set<ITlsApplicationProtocolFeature>(chosen);
        }

        await next(connection);
    };

    private static async Task<bool> StartsWithPrefaceAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var result = await input.ReadAsync(connection.ConnectionClosed);
            var buffer = result.Buffer;
            var enough = (int)Math.Min(buffer.Length, Preface.Length);
            var matches = Matches(buffer, enough);
            if (!matches || enough == Preface.Length || result.IsCompleted)
            {
                input.AdvanceTo(buffer.Start);
                return matches && enough == Preface.Length;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool Matches(System.Buffers.ReadOnlySequence<byte> buffer, int length)
    {
        Span<byte> start = stackalloc byte[length];
        System.Buffers.BuffersExtensions.CopyTo(buffer.Slice(0, length), start);
        return start.SequenceEqual(Preface[..length]);
    }

    private sealed class Http2Chosen : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public X509Certificate2? ClientCertificate { get; set; }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
