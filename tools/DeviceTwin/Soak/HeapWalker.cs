using System.Reflection;
using JamBox.Ota;

namespace JamBox.Twin.Soak;

/// <summary>
/// Adds up what an object of the firmware keeps alive, as a board would see it: objects of the firmware's own types, arrays and texts that
/// are reachable from it. What grows from day to day here is a leak. The memory of an update that is being made is left out: it is given back.
/// </summary>
internal sealed class HeapWalker
{
    private const int ObjectBytes = 12;
    private const int FieldBytes = 12;

    private readonly Assembly _own;
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _open = new();

    private HeapWalker(Assembly own)
    {
        _own = own;
    }

    /// <summary>Adds up.</summary>
    /// <param name="root">The object.</param>
    /// <returns>Objects and bytes.</returns>
    public static (int Objects, long Bytes) Walk(object root) => new HeapWalker(root.GetType().Assembly).WalkFrom(root);

    private (int Objects, long Bytes) WalkFrom(object root)
    {
        long bytes = 0;
        Reach(root);
        while (_open.TryPop(out object? item))
        {
            bytes += ObjectBytes + SizeOf(item);
        }

        return (_seen.Count, bytes);
    }

    private long SizeOf(object item)
    {
        if (item is string text)
        {
            return text.Length;
        }

        if (item is Array array)
        {
            return SizeOf(array);
        }

        long bytes = 0;
        for (Type? type = item.GetType(); type != null && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                bytes += FieldBytes;
                Reach(field.GetValue(item));
            }
        }

        return bytes;
    }

    private long SizeOf(Array array)
    {
        if (array.GetType().GetElementType()!.IsPrimitive)
        {
            return Buffer.ByteLength(array);
        }

        foreach (object? element in array)
        {
            Reach(element);
        }

        return array.Length * FieldBytes;
    }

    // What stands behind the ports is the twin's.
    private void Reach(object? item)
    {
        bool isOurs = item is string or Array || (item != null && !item.GetType().IsValueType && item.GetType().Assembly == _own && item is not (Delegate or Installer));
        if (isOurs && _seen.Add(item!))
        {
            _open.Push(item!);
        }
    }
}
