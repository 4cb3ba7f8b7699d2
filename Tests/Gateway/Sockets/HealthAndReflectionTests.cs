using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>The two standard services on the same port.</summary>
public sealed class HealthAndReflectionTests
{
    [Theory]
    [InlineData("")]
    [InlineData("metadata.Metadata")]
    public async Task Check_ReadinessChanges_FollowsIt(string service)
    {
        var isReady = false;
        await using var host = await GatewayHost.StartAsync(services: services => services.AddHealthChecks().AddCheck(
            "readiness", () => isReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(),
            [MetaCollector.Gateway.Hosting.GatewayServices.ReadyTag]));
        var client = new Health.HealthClient(host.Channel);
        var request = new HealthCheckRequest { Service = service };
        Assert.Equal(ServingStatus.NotServing, (await client.CheckAsync(request)).Status);
        isReady = true;
        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(request)).Status);
    }

    [Fact]
    public async Task Check_OtherChecksFail_DoesNotCare()
    {
        await using var host = await GatewayHost.StartAsync(services: services =>
            services.AddHealthChecks().AddCheck("detail", () => HealthCheckResult.Unhealthy()));
        var answer = await new Health.HealthClient(host.Channel).CheckAsync(new HealthCheckRequest());
        Assert.Equal(ServingStatus.Serving, answer.Status);
    }

    [Fact]
    public async Task Check_WhileStreamsAreDrained_IsNotServing()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Services.GetRequiredService<MetaCollector.Gateway.Streams.OpenStreams>().DrainAsync(CancellationToken.None);
        var answer = await new Health.HealthClient(host.Channel).CheckAsync(new HealthCheckRequest());
        Assert.Equal(ServingStatus.NotServing, answer.Status);
        using var call = host.Watch("node-a");
        Assert.Equal(StatusCode.Aborted, (await call.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Check_UnknownService_IsNotFound()
    {
        await using var host = await GatewayHost.StartAsync();
        var client = new Health.HealthClient(host.Channel);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.CheckAsync(new HealthCheckRequest { Service = "x" }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task Reflection_Off_IsNotThere()
    {
        await using var host = await GatewayHost.StartAsync();
        using var call = new ServerReflection.ServerReflectionClient(host.Channel).ServerReflectionInfo();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task Reflection_On_ShowsTheContract()
    {
        await using var host = await GatewayHost.StartAsync(options => options.Reflection = true);
        using var call = new ServerReflection.ServerReflectionClient(host.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var services = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToArray();
        Assert.Contains("metadata.Metadata", services);
        Assert.Contains("grpc.health.v1.Health", services);

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "metadata.Metadata.Watch" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var file = Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(
            call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto[0]);
        Assert.Equal(["nodeName", "resourceKinds"], file.MessageType.Single(message => message.Name == "Selector").Field.Select(field => field.Name));
        await call.RequestStream.CompleteAsync();
    }
}
