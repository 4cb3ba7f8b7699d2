using System.IO.Compression;
using System.Net;
using System.Text;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Requests;

public sealed class CompressionTests
{
    [Theory]
    [InlineData("", true, true)]
    [InlineData(", disable-compression: false", true, true)]
    [InlineData(", disable-compression: true", true, false)]
    [InlineData("", false, false)]
    public async Task Send_List_MayComeCompressedUnlessDisabled(string setting, bool isList, bool compressed)
    {
        var server = new Zipping();
        using var access = Accesses.Of(() => Accesses.Settings($$$"""
            clusters: [{name: k, cluster: {server: "http://server"{{{setting}}}}}]
            contexts: [{name: c, context: {cluster: k}}]
            current-context: c
            """), network: server);
        using var connection = access.Connect();

        var request = new ApiRequest(HttpMethod.Get, "api/v1/pods", isList ? "list" : "watch", "pods") { MayBeCompressed = isList };
        using var answer = await connection.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(compressed ? "gzip" : "", server.Asked);
        Assert.Equal("many pods", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
    }

    private sealed class Zipping : HttpMessageHandler
    {
        public string Asked { get; private set; } = "";

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = request.Headers.AcceptEncoding.ToString();
            var content = new StringContent("many pods");
            if (Asked != "gzip") return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
            using var body = new MemoryStream();
            using (var zip = new GZipStream(body, CompressionMode.Compress)) zip.Write(Encoding.UTF8.GetBytes("many pods"));
            var zipped = new ByteArrayContent(body.ToArray());
            zipped.Headers.ContentType = content.Headers.ContentType;
            zipped.Headers.ContentEncoding.Add("gzip");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = zipped });
        }
    }
}
