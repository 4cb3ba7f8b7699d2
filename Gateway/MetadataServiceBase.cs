using Google.Protobuf.Reflection;
using Grpc.Core;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Wire;

namespace MetaCollector.Gateway;

/// <summary>
/// The service <c>metadata.Metadata</c> of <c>metadata.proto</c>, bound so that events are written as the bytes that they already
/// are. In place of the generated base class; the descriptor, which server reflection shows, is the generated one.
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

    /// <summary>Streams everything related to a node. Never returns: a stream that ended with OK would not be opened again.</summary>
    public abstract Task Watch(Selector request, IServerStreamWriter<ReadyEvent> responseStream, ServerCallContext context);

    /// <summary>Called by Grpc.AspNetCore to find the methods.</summary>
    public static void BindService(ServiceBinderBase binder, MetadataServiceBase? implementation) =>
        binder.AddMethod(
            WatchMethod,
            implementation is null ? null! : new ServerStreamingServerMethod<Selector, ReadyEvent>(implementation.Watch));
}
