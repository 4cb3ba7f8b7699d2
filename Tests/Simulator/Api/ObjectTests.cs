using System.Globalization;
using System.Text;
using MetaCollector.Simulator.Documents;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Simulator.Api;

/// <summary>Create, get, update and patch; each refusal is the one that a 1.36 server gave.</summary>
public sealed class ObjectTests
{
    [Fact]
    public async Task Create_NewObject_GetsUidTimeAndVersion()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a","uid":"mine","labels":{"x":"1"}},"data":{"k":"v"}}""");

        Assert.Equal(201, created.Code);
        var metadata = created.Json["metadata"]!;
        Assert.True(Guid.TryParseExact(metadata["uid"]!.Text, "D", out var uid));
        Assert.Equal(4, uid.Version);
        Assert.Equal(server.Namespace, metadata["namespace"]!.Text);
        Assert.Equal("ConfigMap", created.Json["kind"]!.Text);
        Assert.Equal(DateTimeOffset.UtcNow, DateTimeOffset.Parse(metadata["creationTimestamp"]!.Text!, CultureInfo.InvariantCulture), TimeSpan.FromMinutes(5));
        Assert.Equal(created.Body, (await server.Api.GetAsync(server.ConfigMaps + "/a")).Body);
    }

    [Fact]
    public async Task Create_GenerateName_MakesDistinctNames()
    {
        await using var server = await AnyServer.StartAsync();
        var first = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"generateName":"a-"}}""");
        var second = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"generateName":"a-"}}""");

        Assert.Matches("^a-[a-z0-9]{5}$", first.Json.At("metadata", "name")!.Text);
        Assert.NotEqual(first.Json.At("metadata", "name")!.Text, second.Json.At("metadata", "name")!.Text);
    }

    [Fact]
    public async Task Versions_OfAllResources_GrowOnOneCounter()
    {
        await using var server = await AnyServer.StartAsync();
        var versions = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            versions.Add(long.Parse((await server.Api.PostAsync(server.ConfigMaps, $$$"""{"metadata":{"name":"a{{{i}}}"}}""")).Version!, CultureInfo.InvariantCulture));
            versions.Add(long.Parse((await server.Api.PostAsync(server.Leases, $$$"""{"metadata":{"name":"a{{{i}}}"}}""")).Version!, CultureInfo.InvariantCulture));
        }

        Assert.Equal(versions.Order(), versions);
        Assert.Equal(versions.Count, versions.Distinct().Count());
    }

    [Theory]
    [InlineData("configmaps", """{"metadata":{}}""", 422, "Invalid", "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required")]
    [InlineData("configmaps", """{"metadata":{"name":"Big"}}""", 422, "Invalid", "metadata.name: Invalid value: \"Big\"")]
    [InlineData("configmaps", """{"metadata":{"name":"a","namespace":"b"}}""", 400, "BadRequest", "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("configmaps", """{"kind":"Pod","metadata":{"name":"a"}}""", 400, "BadRequest", "cannot be handled as a ConfigMap")]
    [InlineData("configmaps", """{"apiVersion":"v2","metadata":{"name":"a"}}""", 400, "BadRequest", "no kind \"ConfigMap\" is registered for version \"v2\"")]
    [InlineData("configmaps", """{"metadata":{"name":"a","labels":{"a":1}}}""", 400, "BadRequest", "labels")]
    [InlineData("configmaps", """{"metadata":{"name":"a","resourceVersion":"4"}}""", 500, "", "resourceVersion should not be set on objects to be created")]
    [InlineData("configmaps", """{"metadata":""", 400, "BadRequest", "unrecognized")]
    [InlineData("pods", """{"metadata":{"name":"a"},"spec":{"nodeName":3}}""", 400, "BadRequest", "nodeName")]
    public async Task Create_Malformed_IsRefused(string plural, string body, int code, string reason, string message)
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.PostAsync($"/api/v1/namespaces/{server.Namespace}/{plural}", body);

        Assert.Equal(code, answer.Code);
        Assert.Equal("Status", answer.Json["kind"]!.Text);
        Assert.Equal(reason, answer.Reason);
        Assert.Contains(message, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_Twice_AlreadyExists()
    {
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var again = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");

        Assert.Equal((409, "AlreadyExists", "configmaps \"a\" already exists"), (again.Code, again.Reason, again.Message));
    }

    [Fact]
    public async Task Create_InAbsentNamespace_NotFound()
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.PostAsync("/api/v1/namespaces/nope/configmaps", """{"metadata":{"name":"a"}}""");

        Assert.Equal((404, "namespaces \"nope\" not found"), (answer.Code, answer.Message));
    }

    [Fact]
    public async Task Update_StaleVersion_Conflicts()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var body = $$$"""{"metadata":{"name":"a","resourceVersion":"{{{created.Version}}}"},"data":{"k":"1"}}""";
        var first = await server.Api.SendAsync("PUT", server.ConfigMaps + "/a", body);
        var second = await server.Api.SendAsync("PUT", server.ConfigMaps + "/a", body);

        Assert.Equal(200, first.Code);
        Assert.Equal((409, "Conflict"), (second.Code, second.Reason));
        Assert.Equal(
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again",
            second.Message);
    }

    [Fact]
    public async Task Update_RacingWriters_ExactlyOneWinsEachVersion()
    {
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"},"data":{"n":"0"}}""");
        var wins = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var done = 0; done < 25;)
            {
                var read = (await server.Api.GetAsync(server.ConfigMaps + "/a")).Json;
                var next = int.Parse(read.At("data", "n")!.Text!, CultureInfo.InvariantCulture) + 1;
                var written = ((JsonMap)read).With(["data", "n"], next.ToString(CultureInfo.InvariantCulture)).ToString();
                if ((await server.Api.SendAsync("PUT", server.ConfigMaps + "/a", written)).Code == 200)
                {
                    done++;
                    Interlocked.Increment(ref wins);
                }
            }
        }));

        Assert.Equal(200, wins);
        Assert.Equal("200", (await server.Api.GetAsync(server.ConfigMaps + "/a")).Json.At("data", "n")!.Text);
    }

    [Fact]
    public async Task Update_WrongUid_Conflicts()
    {
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var answer = await server.Api.SendAsync("PUT", server.ConfigMaps + "/a", """{"metadata":{"name":"a","uid":"zz"}}""");

        Assert.Equal(409, answer.Code);
        Assert.Contains("Precondition failed: UID in precondition: zz, UID in object meta: ", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_NothingChanged_KeepsTheVersion()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a","labels":{"x":"1"}}}""");
        var patched = await server.Api.MergeAsync(server.ConfigMaps + "/a", """{"metadata":{"labels":{"x":"1"}}}""");

        Assert.Equal(created.Version, patched.Version);
    }

    [Fact]
    public async Task Lease_WithoutVersionOrAbsent_FollowsItsOwnRules()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.Api.SendAsync("PUT", server.Leases + "/b", """{"metadata":{"name":"b","resourceVersion":"4"}}""");
        var unversioned = await server.Api.SendAsync("PUT", server.Leases + "/b", """{"metadata":{"name":"b"},"spec":{"holderIdentity":"x"}}""");
        var gone = await server.Api.SendAsync("PUT", server.Leases + "/c", """{"metadata":{"name":"c","uid":"x","resourceVersion":"4"}}""");

        Assert.Equal(201, created.Code);
        Assert.Equal(
            (422, "leases.coordination.k8s.io \"b\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update"),
            (unversioned.Code, unversioned.Message));
        Assert.Equal((409, "Conflict"), (gone.Code, gone.Reason));
    }

    [Fact]
    public async Task Patch_Merge_SetsAndRemoves()
    {
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a","labels":{"x":"1","y":"2"}}}""");
        var patched = await server.Api.MergeAsync(server.ConfigMaps + "/a", """{"metadata":{"labels":{"x":null,"z":"3"}}}""");

        Assert.Equal("""{"y":"2","z":"3"}""", patched.Json.At("metadata", "labels")!.ToString());
    }

    [Theory]
    [InlineData("application/json-patch+json", "[]")]
    [InlineData("application/apply-patch+yaml", "{}")]
    [InlineData("application/strategic-merge-patch+json", "{}")]
    public async Task Patch_OfAKindThatIsNotServed_IsRefused(string contentType, string body)
    {
        AnyServer.NeedsSimulator("has but one kind of patch");
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var answer = await server.Api.SendAsync("PATCH", server.ConfigMaps + "/a", body, contentType);

        Assert.Equal((415, "UnsupportedMediaType"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Patch_ToOldVersion_Conflicts()
    {
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var answer = await server.Api.MergeAsync(server.ConfigMaps + "/a", """{"metadata":{"resourceVersion":"7"}}""");

        Assert.Equal((409, "Conflict"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Status_HasItsOwnPath()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.Api.PostAsync(server.Pods, """{"metadata":{"name":"p"},"spec":{"schedulerName":"nobody","containers":[{"name":"a","image":"b"}]},"status":{"phase":"Running"}}""");
        var ignored = await server.Api.MergeAsync(server.Pods + "/p", """{"metadata":{"labels":{"x":"1"}},"status":{"phase":"Failed"}}""");
        var changed = await server.Api.MergeAsync(server.Pods + "/p/status", """{"spec":{"nodeName":"n"},"status":{"phase":"Running","podIP":"1.2.3.4"}}""");

        Assert.Equal("Pending", created.Json.At("status", "phase")!.Text);
        Assert.Equal("Pending", ignored.Json.At("status", "phase")!.Text);
        Assert.Equal("Running", changed.Json.At("status", "phase")!.Text);
        Assert.Null(changed.Json.At("spec", "nodeName"));
        Assert.Equal("1", changed.Json.At("metadata", "generation")!.ToString());
    }

    [Fact]
    public async Task PodSpec_CannotBeMoved()
    {
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.Pods, """{"metadata":{"name":"p"},"spec":{"schedulerName":"nobody","automountServiceAccountToken":false,"containers":[{"name":"a","image":"b"}]}}""");
        var moved = await server.Api.MergeAsync(server.Pods + "/p", """{"spec":{"nodeName":"n"}}""");
        var image = await server.Api.MergeAsync(server.Pods + "/p", """{"spec":{"containers":[{"name":"a","image":"c"}]}}""");

        Assert.Equal((422, "Invalid"), (moved.Code, moved.Reason));
        Assert.Equal((200, "2"), (image.Code, image.Json.At("metadata", "generation")!.ToString()));
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/default/nosuch", 404)]
    [InlineData("GET", "/apis/apps/v1/namespaces/default/nosuch", 404)]
    [InlineData("GET", "/apis/apps/v7", 404)]
    [InlineData("GET", "/api/v1/namespaces/default/pods/a/log", 404)]
    [InlineData("PUT", "/api/v1/namespaces/default/configmaps", 405)]
    [InlineData("POST", "/api/v1/configmaps", 405)]
    [InlineData("POST", "/api/v1/namespaces/default/configmaps/a", 405)]
    [InlineData("DELETE", "/api/v1/pods", 405)]
    public async Task Path_ThatIsNotServed_IsRefused(string method, string path, int code)
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.SendAsync(method, path.Replace("default", server.Namespace, StringComparison.Ordinal), method == "GET" ? null : "{}");

        Assert.Equal((code, "Status"), (answer.Code, answer.Json["kind"]!.Text));
    }

    [Theory]
    [InlineData("/apis/nosuch.io/v1")]
    [InlineData("/nosuch")]
    public async Task Path_OfNoGroup_IsAnsweredInPlainText(string path)
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.GetAsync(path);

        Assert.Equal((404, "404 page not found\n"), (answer.Code, Encoding.UTF8.GetString(answer.Body)));
    }

    [Fact]
    public async Task Body_InAnotherFormat_IsRefused()
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.SendAsync("POST", server.ConfigMaps, "x", "text/html");

        Assert.Equal((415, "UnsupportedMediaType"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task DryRun_ChangesNothing()
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.PostAsync(server.ConfigMaps + "?dryRun=All", """{"metadata":{"name":"a"}}""");

        Assert.Equal(201, answer.Code);
        Assert.Equal(404, (await server.Api.GetAsync(server.ConfigMaps + "/a")).Code);
    }
}
