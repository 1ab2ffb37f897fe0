using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using JamBox.App;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Host;

/// <summary>
/// Adds up what objects of Firmware.Shared and Firmware.App take on the board's heap, by the rules of a 32-bit nanoCLR: an object has 12 bytes and 12 a
/// field of whatever type, an array 20 and its elements (12 for a reference), rounded up to 12, a text 12 because its characters stay in
/// flash, a delegate 36, a value in a box 24. (Held against nanoCLR class by class: the same to the byte.) What stands behind the ports is
/// not counted.
/// </summary>
internal sealed class BoardHeap
{
    /// <summary>A static field.</summary>
    public const int SlotBytes = 12;

    private const int HeadBytes = 12;
    private const int FieldBytes = 12;
    private const int ArrayHeadBytes = 20;
    private const int ReferenceBytes = 12;
    private const int DelegateBytes = 36;
    private const int BoxedBytes = 24;
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _rooms = [];

    /// <summary>The assemblies whose objects are counted, the lower one first.</summary>
    public static IReadOnlyList<Assembly> Firmware { get; } = [typeof(Ascii).Assembly, typeof(Box).Assembly];

    /// <summary>All their types.</summary>
    public static IEnumerable<Type> FirmwareTypes => Firmware.SelectMany(assembly => assembly.GetTypes());

    /// <summary>Bytes by the room (namespace) of the object that holds them.</summary>
    public IReadOnlyDictionary<string, int> Rooms => _rooms;

    /// <summary>Bytes of everything.</summary>
    public int Bytes => _rooms.Values.Sum();

    /// <summary>
    /// Adds an object and what is reached from it. Arrays and texts belong to the room of the object that holds them first.
    /// </summary>
    /// <param name="item">The object; <c>null</c> is nothing.</param>
    /// <param name="room">The room of an array, text or delegate without an owner.</param>
    public void Add(object item, string room = "")
    {
        // Breadth first: what two hold belongs to the one that is nearer.
        var open = new Queue<(object Item, string Room)>();
        open.Enqueue((item, room));
        while (open.TryDequeue(out (object Item, string Room) next))
        {
            if (IsCounted(next.Item) && _seen.Add(next.Item))
            {
                string owner = IsObject(next.Item) ? next.Item.GetType().Namespace : next.Room;
                _rooms[owner] = _rooms.GetValueOrDefault(owner) + BytesOf(next.Item);
                foreach (object reached in Reached(next.Item))
                {
                    open.Enqueue((reached, owner));
                }
            }
        }
    }

    /// <summary>
    /// Takes what has been added as known, and counts from 0: objects that are both here and there are not counted twice.
    /// </summary>
    public void BeginAgain() => _rooms.Clear();

    /// <summary>Tells whether an object of a type has been added.</summary>
    /// <param name="type">The type itself.</param>
    /// <returns><c>true</c> when there is one.</returns>
    public bool Has(Type type) => _seen.Any(o => o.GetType() == type);

    /// <summary>Bytes of one object, without what it holds.</summary>
    /// <param name="item">The object.</param>
    /// <returns>Bytes.</returns>
    public static int BytesOf(object item) => item switch
    {
        string => HeadBytes,
        Delegate => DelegateBytes,
        ValueType => BoxedBytes,
        Array array => RoundUp(ArrayHeadBytes + (array.Length * ElementBytes(array.GetType().GetElementType()))),
        _ => HeadBytes + (FieldBytes * FieldsOf(item.GetType()).Count()),
    };

    private static int RoundUp(int bytes) => (bytes + HeadBytes - 1) / HeadBytes * HeadBytes;

    private static int ElementBytes(Type type)
    {
        Type element = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        return Type.GetTypeCode(element) switch
        {
            TypeCode.Boolean or TypeCode.Byte or TypeCode.SByte => 1,
            TypeCode.Char or TypeCode.Int16 or TypeCode.UInt16 => 2,
            TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Single => 4,
            TypeCode.Int64 or TypeCode.UInt64 or TypeCode.Double => 8,
            _ => ReferenceBytes,
        };
    }

    private static bool IsCounted(object item) => item is string or Array or Delegate or ValueType || (item != null && IsObject(item));

    private static bool IsObject(object item) => Firmware.Contains(item.GetType().Assembly) && item is not (Delegate or Array or ValueType);

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type level = type; level != null && level != typeof(object); level = level.BaseType)
        {
            foreach (FieldInfo field in level.GetFields(Own | BindingFlags.Instance))
            {
                yield return field;
            }
        }
    }

    private static IEnumerable<object> Reached(object item) => item switch
    {
        string or ValueType => [],
        Delegate action => [action.Target],
        Array array => array.GetType().GetElementType().IsValueType ? [] : array.Cast<object>(),
        _ => FieldsOf(item.GetType()).Where(f => !f.FieldType.IsValueType).Select(f => f.GetValue(item)),
    };
}
