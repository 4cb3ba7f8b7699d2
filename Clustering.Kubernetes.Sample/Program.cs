using System.Net;
using MetaCollector.ApiServer;
using MetaCollector.Clustering.Kubernetes;
using MetaCollector.Clustering.Kubernetes.Leasing;
using MetaCollector.Clustering.Kubernetes.Sample;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

// Silos that find each other through the API server alone. In a pod, with the downward API:
//   POD_IP (status.podIP), POD_NAME (metadata.name), POD_UID (metadata.uid)
// Anywhere else: --kubeconfig FILE --Clustering:Namespace default --POD_IP 127.0.0.1 --port 11111
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddApiServer(options => options.Kubeconfig = builder.Configuration["kubeconfig"]);
builder.UseOrleans(silo =>
{
    var settings = builder.Configuration;
    silo.Configure<EndpointOptions>(endpoints =>
    {
        endpoints.AdvertisedIPAddress = IPAddress.Parse(settings["POD_IP"] ?? "127.0.0.1");
        endpoints.SiloPort = settings.GetValue("port", 11111);
        endpoints.GatewayPort = 0;
    });
    silo.UseKubernetesClustering(options => options
        .Bind(settings.GetSection("Clustering"))
        .Configure(clustering => (clustering.PodName, clustering.PodUid) = (settings["POD_NAME"], settings["POD_UID"])));
    silo.AddFastFailureDetection();
    silo.AddLeaseElector(_ => Leader.Terms);
});
builder.Services.AddHostedService<Members>();
builder.Services.AddHostedService<Leader>();
var host = builder.Build();
await host.Services.PrepareKubernetesClusteringAsync();
await host.RunAsync();
