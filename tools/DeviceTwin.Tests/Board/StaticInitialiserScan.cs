using System.Reflection;
using System.Reflection.Emit;

namespace JamBox.Twin.Tests.Board;

/// <summary>
/// Finds in IL what a static initialiser needs that may not be there yet. nanoCLR runs static constructors in the order in which the
/// assemblies lie in the image, and within an assembly in that of its type table: of another assembly, or of another class, an initialiser
/// can see <c>null</c>. It may use its own class's statics, and code that uses none.
/// </summary>
internal sealed class StaticInitialiserScan
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<int, OpCode> s_opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value & 0xFFFF);

    // What is outside of the firmware and known to read no static of its assembly. Encoding.UTF8 does; an encoding of one's own does not:
    // nanoFramework.System.Text has no static field at all, and its GetBytes is native.
    private static readonly HashSet<string> s_harmless = new(StringComparer.Ordinal)
    {
        "System.Object::.ctor",
        "System.Runtime.CompilerServices.RuntimeHelpers::InitializeArray",
        "System.String::get_Length",
        "System.String::get_Chars",
        "System.Array::Copy",
        "System.Array::Clear",
        "System.Array::get_Length",
        "System.Text.UTF8Encoding::.ctor",
        "System.Text.Encoding::GetBytes",
    };

    private readonly Type _initialised;
    private readonly HashSet<Assembly> _firmware;
    private readonly HashSet<MethodBase> _seen = [];
    private readonly List<string> _findings = [];

    private StaticInitialiserScan(Type initialised, HashSet<Assembly> firmware)
    {
        _initialised = initialised;
        _firmware = firmware;
    }

    /// <summary>Scans static initialisers, and all that they call within the firmware.</summary>
    /// <param name="types">The types whose initialisers are looked at.</param>
    /// <param name="firmware">The assemblies whose code is followed; a call of any other is a finding, unless known to be harmless.</param>
    /// <returns>One line a finding: the type, the way to the place, what is used there.</returns>
    public static IReadOnlyList<string> Findings(IEnumerable<Type> types, params Assembly[] firmware)
    {
        var all = new List<string>();
        foreach (Type type in types.Where(type => type.TypeInitializer != null).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            var scan = new StaticInitialiserScan(type, [.. firmware]);
            scan.Follow(type.TypeInitializer!, Name(type));
            all.AddRange(scan._findings);
        }

        return all;
    }

    private void Follow(MethodBase method, string path)
    {
        byte[]? code = _seen.Add(method) ? method.GetMethodBody()?.GetILAsByteArray() : null;
        for (int at = 0; code != null && at < code.Length;)
        {
            int value = code[at++];
            OpCode op = s_opCodes[value == 0xFE ? 0xFE00 | code[at++] : value];
            if (op.OperandType is OperandType.InlineField or OperandType.InlineMethod)
            {
                MemberInfo member = Resolve(method, BitConverter.ToInt32(code, at));
                if (member is FieldInfo { IsStatic: true } field)
                {
                    Use(field, path);
                }
                else if (member is MethodBase called)
                {
                    Call(called, path);
                }
            }

            at += OperandLength(op, code, at);
        }
    }

    private void Use(FieldInfo field, string path)
    {
        Type owner = field.DeclaringType!;
        if (owner.Assembly != _initialised.Assembly)
        {
            _findings.Add($"{path}: uses {Name(owner)}.{field.Name}, a static of {owner.Assembly.GetName().Name}");
        }
        else if (owner != _initialised && owner.TypeInitializer != null)
        {
            _findings.Add($"{path}: uses {Name(owner)}.{field.Name}, which may be initialised later");
        }
    }

    private void Call(MethodBase called, string path)
    {
        Type owner = called.DeclaringType!;
        if (!_firmware.Contains(owner.Assembly))
        {
            if (!s_harmless.Contains($"{owner.FullName}::{called.Name}"))
            {
                _findings.Add($"{path}: calls {Name(owner)}.{called.Name} of {owner.Assembly.GetName().Name}");
            }

            return;
        }

        Follow(called, $"{path} > {Name(owner)}.{called.Name}");
        if (called is MethodInfo { IsVirtual: true, IsFinal: false } overridden)
        {
            foreach (MethodInfo implementation in Implementations(overridden))
            {
                Follow(implementation, $"{path} > {Name(implementation.DeclaringType!)}.{implementation.Name}");
            }
        }
    }

    // Whatever a virtual call may end up in: every method of the same name in a type that is one of the declaring type.
    private IEnumerable<MethodInfo> Implementations(MethodInfo method) =>
        _firmware.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type != method.DeclaringType && method.DeclaringType!.IsAssignableFrom(type))
            .SelectMany(type => type.GetMethods(Declared))
            .Where(candidate => candidate.Name == method.Name || candidate.Name.EndsWith("." + method.Name, StringComparison.Ordinal));

    private static MemberInfo Resolve(MethodBase method, int token)
    {
        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, ofType, ofMethod)!;
    }

    private static int OperandLength(OpCode op, byte[] code, int at) => op.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    private static string Name(Type type) => type.FullName!.Replace('+', '.');
}
