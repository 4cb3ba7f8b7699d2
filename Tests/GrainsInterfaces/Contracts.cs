using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace MetaCollector.Tests.GrainsInterfaces;

/// <summary>
/// What silos of two versions have to agree on, as text: of each message its alias, and its members by id with their types; of each grain
/// interface its alias, and its methods by alias; of each grain class its type; the numbers of each enum that a message holds.
/// </summary>
internal static class Contracts
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Messages of these assemblies.</summary>
    public static IReadOnlyList<Type> Messages(IEnumerable<Assembly> assemblies) =>
        [.. assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))];

    /// <summary>Grain, grain service and observer interfaces of these assemblies.</summary>
    public static IReadOnlyList<Type> Interfaces(IEnumerable<Assembly> assemblies) =>
        [.. assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))];

    /// <summary>The text, in an order that does not depend on the code's.</summary>
    public static string Render(IReadOnlyList<Assembly> assemblies)
    {
        var messages = Messages(assemblies);
        var grains = assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type.IsDefined(typeof(GrainTypeAttribute), inherit: false));
        var enums = messages.SelectMany(Members).SelectMany(member => Parts(member.Type)).Where(type => type.IsEnum).Distinct();
        var blocks = messages.Select(Message).Concat(Interfaces(assemblies).Select(Interface)).Concat(grains.Select(Grain)).Concat(enums.Select(Enumeration));
        return string.Join('\n', blocks.Order(StringComparer.Ordinal));
    }

    /// <summary>One message.</summary>
    public static string Message(Type type)
    {
        var sort = type.IsValueType ? "struct" : type.GetMethod("<Clone>$") is null ? "class" : "record";
        var parent = type.BaseType is { } based && based != typeof(object) && based != typeof(ValueType) ? $" : {NameOf(based)}" : "";
        var text = new StringBuilder($"{sort} {NameOf(type)}{parent}\n");
        foreach (var (id, member, name) in Members(type).OrderBy(member => member.Id)) text.Append($"  {id} {NameOf(member)} {name}\n");
        return text.ToString();
    }

    /// <summary>The alias of a type; where it has none, its full name.</summary>
    public static string? AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias;

    private static string Interface(Type type)
    {
        var text = new StringBuilder($"interface {NameOf(type)}\n");
        var methods = type.GetMethods().Select(method =>
            $"  {AliasOf(method) ?? method.Name}({string.Join(", ", method.GetParameters().Select(parameter => NameOf(parameter.ParameterType)))}) {NameOf(method.ReturnType)}\n");
        foreach (var method in methods.Order(StringComparer.Ordinal)) text.Append(method);
        return text.ToString();
    }

    private static string Grain(Type type) => $"grain {type.GetCustomAttribute<GrainTypeAttribute>()!.GetGrainType(null!, null!)}\n";

    private static string Enumeration(Type type) =>
        $"enum {NameOf(type)} : {Enum.GetUnderlyingType(type).Name}\n" + string.Concat(Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => $"  {value} {Enum.GetName(type, value)}\n"));

    private static IEnumerable<(uint Id, Type Type, string Name)> Members(Type type)
    {
        foreach (var property in type.GetProperties(Declared))
            if (property.GetCustomAttribute<IdAttribute>() is { } id) yield return (id.Id, property.PropertyType, property.Name);
        foreach (var field in type.GetFields(Declared).Where(field => !field.IsDefined(typeof(CompilerGeneratedAttribute))))
            if (field.GetCustomAttribute<IdAttribute>() is { } id) yield return (id.Id, field.FieldType, field.Name);
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.IsArray ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : [type];

    private static string NameOf(Type type)
    {
        if (type.IsGenericParameter) return type.Name;
        if (type.IsArray) return $"{NameOf(type.GetElementType()!)}[]";
        var name = AliasOf(type) ?? (type.IsGenericType ? type.GetGenericTypeDefinition().FullName! : type.FullName!);
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : name;
    }
}
