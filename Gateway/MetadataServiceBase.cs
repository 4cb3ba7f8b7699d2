using Google.Protobuf.Reflection;
using Grpc.Core;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Wire;

namespace MetaCollector.Gateway;

/// <summary>
/// The service <c>metadata.Metadata</c> of <c>metadata.proto</c>. Replaces the generated base class, so that events are written as rendered
/// bytes; the descriptor, which server reflection shows, is the generated one.
/// </summary>
[BindServiceMethod(typeof(MetadataServiceBase), nameof(BindService))]
internal abstract class MetadataServiceBase
{
    private static readonly Method<Selector, ReadyEvent> WatchMethod = new(
        MethodType.ServerStreaming,
        Descriptor.FullName,
        nameof(Watch),
        Marshallers.Create<Selector>(
            static (_, _) => throw new NotSupportedException("selectors are only received"),
            static context => Selector.Parser.ParseFrom(context.PayloadAsReadOnlySequence())),
        ReadyEvent.Marshaller);

    /// <summary>The service's descriptor; found here by server reflection.</summary>
    public static ServiceDescriptor Descriptor => MetadataReflection.Descriptor.Services[0];

    /// <summary>Streams everything related to a node. Ends with an exception only: Falco's plugin does not reopen a stream that ended with OK.</summary>
    public abstract Task Watch(Selector request, IServerStreamWriter<ReadyEvent> responseStream, ServerCallContext context);

    /// <summary>Called by Grpc.AspNetCore to find the methods.</summary>
    public static void BindService(ServiceBinderBase binder, MetadataServiceBase? implementation) =>
        binder.AddMethod(
            WatchMethod,
            implementation is null ? null! : new ServerStreamingServerMethod<Selector, ReadyEvent>(implementation.Watch));
}
