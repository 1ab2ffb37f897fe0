using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace JamBox.Tests.Host;

/// <summary>
/// Counts the IL instructions that code executes, which is what it costs in nanoCLR's interpreter (docs/counting.md): loads a copy
/// of an assembly in which every run of instructions without a jump adds its length to a counter. A call of
/// the class library is one, where it is native on the board.
/// </summary>
public sealed class IlMeter
{
    private const string CounterType = "IlCounter";
    private const string CounterField = "Executed";

    // What the counting calls is native in nanoCLR, but for Array.IndexOf: managed code in front of a native search.
    private const int IndexOfCost = 9;

    private readonly FieldInfo _executed;

    /// <param name="file">The assembly.</param>
    public IlMeter(string file)
    {
        using var module = ModuleDefinition.ReadModule(file);
        var counter = new TypeDefinition(
            string.Empty, CounterType, Mono.Cecil.TypeAttributes.Public | Mono.Cecil.TypeAttributes.Class, module.TypeSystem.Object);
        var executed = new FieldDefinition(
            CounterField, Mono.Cecil.FieldAttributes.Public | Mono.Cecil.FieldAttributes.Static, module.TypeSystem.Int64);
        counter.Fields.Add(executed);
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody))
        {
            Instrument(method.Body, executed);
        }

        module.Types.Add(counter);
        using var copy = new MemoryStream();
        module.Write(copy);
        Assembly = Assembly.Load(copy.ToArray());
        _executed = Assembly.GetType(CounterType, throwOnError: true).GetField(CounterField);
    }

    /// <summary>Gets the assembly that counts.</summary>
    public Assembly Assembly { get; }

    /// <summary>Gets the IL instructions executed so far.</summary>
    public long Executed => (long)_executed.GetValue(null);

    private static void Instrument(Mono.Cecil.Cil.MethodBody body, FieldReference executed)
    {
        if (body.HasExceptionHandlers)
        {
            throw new NotSupportedException(body.Method.FullName + " has an exception handler: its borders would have to be moved too");
        }

        Instruction[] code = body.Instructions.ToArray();
        bool[] isStart = new bool[code.Length + 1];
        isStart[0] = true;
        for (int i = 0; i < code.Length; i++)
        {
            Instruction[] targets = Targets(code[i]);
            foreach (Instruction target in targets)
            {
                isStart[Array.IndexOf(code, target)] = true;
            }

            isStart[i + 1] |= targets.Length > 0;
        }

        body.SimplifyMacros();
        ILProcessor il = body.GetILProcessor();
        for (int start = 0; start < code.Length;)
        {
            int end = Array.FindIndex(isStart, start + 1, flag => flag);
            end = end < 0 ? code.Length : end;
            Count(il, code, code[start], code[start..end].Sum(Cost), executed);
            start = end;
        }

        body.OptimizeMacros();
    }

    private static void Count(ILProcessor il, Instruction[] code, Instruction start, int length, FieldReference executed)
    {
        Instruction first = il.Create(OpCodes.Ldsfld, executed);
        il.InsertBefore(start, first);
        il.InsertBefore(start, il.Create(OpCodes.Ldc_I4, length));
        il.InsertBefore(start, il.Create(OpCodes.Conv_I8));
        il.InsertBefore(start, il.Create(OpCodes.Add));
        il.InsertBefore(start, il.Create(OpCodes.Stsfld, executed));
        foreach (Instruction jump in code)
        {
            if (jump.Operand == start)
            {
                jump.Operand = first;
            }
            else if (jump.Operand is Instruction[] table)
            {
                jump.Operand = table.Select(target => target == start ? first : target).ToArray();
            }
        }
    }

    private static int Cost(Instruction instruction)
    {
        bool isManaged = instruction.Operand is MethodReference { Name: "IndexOf", DeclaringType.FullName: "System.Array" };
        return isManaged ? 1 + IndexOfCost : 1;
    }

    private static Instruction[] Targets(Instruction instruction)
    {
        return instruction.Operand switch
        {
            Instruction target => [target],
            Instruction[] table => table,
            _ => [],
        };
    }
}
