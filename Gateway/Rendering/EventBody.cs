namespace MetaCollector.Gateway.Rendering;

/// <summary>
/// Writes an <c>Event</c> without its first field, the reason: Create and Update of the same version share these bytes. Writes directly from
/// the resource, including the JSON of <c>meta</c> and <c>status</c>; <c>spec</c> is never set.
/// </summary>
internal static class EventBody
{
    private const byte UidField = (2 << 3) | 2;
    private const byte KindField = (3 << 3) | 2;
    private const byte MetaField = (4 << 3) | 2;
    private const byte StatusField = (6 << 3) | 2;
    private const byte RefsField = (7 << 3) | 2;

    // References.resources, and within a map's entry, its key and value; ListOfStrings.list.
    private const byte ResourcesField = (1 << 3) | 2;
    private const byte KeyField = (1 << 3) | 2;
    private const byte ValueField = (2 << 3) | 2;
    private const byte ListField = (1 << 3) | 2;

    private const string ServiceKind = nameof(ResourceKind.Service);
    private const int CanonicalUidLength = 36;

    /// <summary>Writes the body of a Create or an Update.</summary>
    public static void Write(WireBuffer to, NodeResource resource)
    {
        WriteDelete(to, resource.Uid, resource.Kind);
        var mark = to.Begin(MetaField);
        WriteMeta(to, resource.Resource);
        to.End(mark);
        if (resource.Resource is not Pod pod) return;

        mark = to.Begin(StatusField);
        WriteStatus(to, pod);
        to.End(mark);
        mark = to.Begin(RefsField);
        WriteReferences(to, resource.References);
        to.End(mark);
    }

    /// <summary>Writes the body of a Delete: only uid and kind.</summary>
    public static void WriteDelete(WireBuffer to, Uid uid, ResourceKind kind)
    {
        WriteUid(to, UidField, uid);
        var mark = to.Begin(KindField);
        to.WriteText(ResourceKinds.NameOf(kind));
        to.End(mark);
    }

    private static void WriteMeta(WireBuffer to, Resource resource)
    {
        to.WriteByte((byte)'{');
        if (!string.IsNullOrEmpty(resource.GenerateName))
        {
            to.Write("\"generateName\":"u8);
            GoJson.WriteString(to, resource.GenerateName);
            to.WriteByte((byte)',');
        }

        if (resource.Labels.Count > 0)
        {
            to.Write("\"labels\":{"u8);
            for (var i = 0; i < resource.Labels.Count; i++)
            {
                if (i > 0) to.WriteByte((byte)',');
                var (key, value) = resource.Labels.At(i);
                GoJson.WriteString(to, key);
                to.WriteByte((byte)':');
                GoJson.WriteString(to, value);
            }

            to.Write("},"u8);
        }

        to.Write("\"name\":"u8);
        GoJson.WriteString(to, resource.Name);
        if (resource.Kind != ResourceKind.Namespace)
        {
            to.Write(",\"namespace\":"u8);
            GoJson.WriteString(to, resource.Namespace);
        }

        to.Write(",\"uid\":"u8);
        var room = to.Reserve(CanonicalUidLength + 2);
        if (resource.Uid.TryFormatCanonical(room[1..]))
        {
            room[0] = room[CanonicalUidLength + 1] = (byte)'"';
            to.Advance(CanonicalUidLength + 2);
        }
        else
        {
            GoJson.WriteString(to, resource.Uid.ToString());
        }

        to.WriteByte((byte)'}');
    }

    private static void WriteStatus(WireBuffer to, Pod pod)
    {
        if (string.IsNullOrEmpty(pod.Ip))
        {
            to.Write("{}"u8);
            return;
        }

        to.Write("{\"podIP\":"u8);
        GoJson.WriteString(to, pod.Ip);
        to.WriteByte((byte)'}');
    }

    private static void WriteReferences(WireBuffer to, References? references)
    {
        var hasServices = false;
        if (references is not null)
        {
            foreach (var kind in references.Kinds.Span)
            {
                hasServices |= kind.Kind == ServiceKind;
                WriteKind(to, kind.Kind, kind.Uids.Span);
            }
        }

        if (!hasServices) WriteKind(to, ServiceKind, []);
    }

    private static void WriteKind(WireBuffer to, string kind, ReadOnlySpan<Uid> uids)
    {
        var entry = to.Begin(ResourcesField);
        var mark = to.Begin(KeyField);
        to.WriteText(kind);
        to.End(mark);
        mark = to.Begin(ValueField);
        foreach (var uid in uids) WriteUid(to, ListField, uid);
        to.End(mark);
        to.End(entry);
    }

    private static void WriteUid(WireBuffer to, byte field, Uid uid)
    {
        var room = to.Reserve(CanonicalUidLength + 2);
        if (uid.TryFormatCanonical(room[2..]))
        {
            room[0] = field;
            room[1] = CanonicalUidLength;
            to.Advance(CanonicalUidLength + 2);
            return;
        }

        var mark = to.Begin(field);
        to.WriteText(uid.ToString());
        to.End(mark);
    }
}
