using JamBox.Text;

namespace JamBox.Ota;

/// <summary>How key-change records and floors are named in answers, requests and heartbeats: epoch, dot, number, such as <c>0.3</c>.</summary>
public static class FleetName
{
    /// <summary>The greatest epoch.</summary>
    public const int MaxEpoch = 65535;

    /// <summary>The greatest number: nine digits.</summary>
    public const int MaxNumber = 999999999;

    /// <summary>Writes a name.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="number">Its number.</param>
    public static void Write(ByteWriter writer, int epoch, int number)
    {
        writer.Number(epoch);
        writer.Byte((byte)'.');
        writer.Number(number);
    }

    /// <summary>Reads a name.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">Its first index.</param>
    /// <param name="end">First index behind it.</param>
    /// <param name="epoch">0…65,535.</param>
    /// <param name="number">0…999,999,999.</param>
    /// <returns><c>false</c> when it is none.</returns>
    public static bool TryRead(byte[] buffer, int offset, int end, out int epoch, out int number)
    {
        number = 0;
        if (!Ascii.TryReadInt(buffer, ref offset, end, out epoch) || offset == end || buffer[offset] != (byte)'.')
        {
            return false;
        }

        offset++;
        return Ascii.TryReadInt(buffer, ref offset, end, out number) && offset == end && epoch >= 0 && epoch <= MaxEpoch && number >= 0;
    }
}
