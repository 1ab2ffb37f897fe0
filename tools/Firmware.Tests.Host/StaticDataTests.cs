using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using JamBox.Storage;
using Xunit;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Host;

/// <summary>
/// What Firmware.Shared and Firmware.App keep in static fields lies on the board's heap for ever, whether or not it is used. A text costs 24 bytes there,
/// and is allowed; everything else stands here, with its reason.
/// </summary>
public sealed class StaticDataTests
{
    /// <summary>Bytes of data, without the slot, by field.</summary>
    private static readonly Dictionary<string, int> s_allowed = new()
    {
        // Encoding.UTF8 would make one at each call.
        [Name(typeof(Ascii), "s_encoding")] = 12,

        // Where a text is put to be compared: one for all, because the board has one thread.
        [Name(typeof(Ascii), "s_compared")] = 84,

        // A third of the instructions for every record of the log and of the store.
        [Name(typeof(Crc32), "s_table")] = 84,

        // A boxed 0, for a native search in tables of keys.
        ["JamBox.Counting.KeyTable.s_free"] = 24,
    };

    /// <summary>Static fields that hold something, in all types of both assemblies.</summary>
    internal static IEnumerable<(string Name, object Value)> Fields()
    {
        Ascii.StartsWith(new byte[1], 0, 1, "x");
        foreach (Type type in BoardHeap.FirmwareTypes.Where(t => !t.IsEnum && !t.Name.StartsWith('<')))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            foreach (
                FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                    .Where(f => !f.IsLiteral))
            {
                yield return (Name(type, field.Name), field.GetValue(null));
            }
        }
    }

    [Fact]
    public void Only_texts_and_what_is_listed()
    {
        foreach ((string name, object value) in Fields().Where(f => f.Value is not string))
        {
            Assert.True(
                s_allowed.ContainsKey(name),
                $"{name} lies on the board's heap for ever, {BytesOf(value)} bytes and a slot of {BoardHeap.SlotBytes}: a literal, a switch or an object made when it is needed?");
        }
    }

    [Fact]
    public void What_is_listed_is_there_and_has_its_size()
    {
        Dictionary<string, object> fields = Fields().ToDictionary(f => f.Name, f => f.Value);
        foreach ((string name, int bytes) in s_allowed)
        {
            Assert.True(fields.TryGetValue(name, out object value), $"{name} is not there any more");
            Assert.Equal(bytes, BytesOf(value));
        }
    }

    /// <summary>Bytes of an object of another library count too: UTF8Encoding is one without fields.</summary>
    internal static int BytesOf(object value)
    {
        if (value is null or System.Text.Encoding)
        {
            return value is null ? 0 : 12;
        }

        var heap = new BoardHeap();
        heap.Add(value);
        return heap.Bytes;
    }

    private static string Name(Type type, string field) => type.FullName + "." + field;
}
