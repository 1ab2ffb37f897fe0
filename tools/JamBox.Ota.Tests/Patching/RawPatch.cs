using JamBox.Ota.Patching;

namespace JamBox.Tests.Ota.Patching;

/// <summary>Patches made by hand, also such as the maker would never make.</summary>
internal static class RawPatch
{
    /// <summary>A number as the container writes it.</summary>
    public static byte[] Number(int value)
    {
        using var output = new MemoryStream();
        PatchVarint.Write(output, value);
        return output.ToArray();
    }

    /// <summary>The uncompressed stream: data format 0, then records of numbers and bytes.</summary>
    public static byte[] Stream(params object[] parts)
    {
        using var output = new MemoryStream();
        foreach (object part in parts)
        {
            output.Write(part as byte[] ?? Number((int)part));
        }

        return output.ToArray();
    }

    /// <summary>A patch around a stream.</summary>
    public static byte[] Of(PatchProfile profile, byte[] size, byte[] stream)
    {
        byte[] packed = profile switch
        {
            PatchProfile.L => LzmaEncoder.Encode(stream, 1, null, default),
            _ => HeatshrinkEncoder.Encode(stream, 12, 8, null, default),
        };
        return [profile == PatchProfile.L ? (byte)1 : (byte)4, .. size, .. packed];
    }

    /// <summary>heatshrink 8/7 that has literals only, with its header byte: packs in no time.</summary>
    public static byte[] Literals(byte[] stream)
    {
        var output = new BitWriter();
        output.Write(PatchFormat.HeatshrinkHeader(8, 7), 8);
        foreach (byte value in stream)
        {
            output.Write(0x100 | value, 9);
        }

        return output.Finish();
    }
}
