namespace MetaCollector.Simulator.Encodings;

/// <summary>How objects are written.</summary>
internal enum WireFormat
{
    Json,
    Protobuf,
}

/// <summary>What a client accepts: a format, of whole objects or of their metadata alone.</summary>
/// <param name="Format">JSON or protobuf.</param>
/// <param name="MetadataOnly">Whether PartialObjectMetadata is meant.</param>
internal readonly record struct MediaType(WireFormat Format, bool MetadataOnly)
{
    public const string ProtobufName = "application/vnd.kubernetes.protobuf";

    public string ContentType => Format == WireFormat.Json ? "application/json" : ProtobufName;

    public string StreamContentType => Format == WireFormat.Json ? "application/json" : ProtobufName + ";stream=watch";
}
