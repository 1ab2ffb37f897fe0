using System.Buffers.Binary;
using System.Security.Cryptography;
using JamBox.Flashing;

namespace JamBox.ChipTwin;

/// <summary>
/// The stub sends flash: packets without a head, of which only so many may be unacknowledged; the host answers each with the number of
/// bytes that it has; the end is the MD5 of all.
/// </summary>
internal sealed class FlashRead(SimulatedChip chip, int offset, int length, int blockLength, uint maxInFlight)
{
    private int _sent;
    private int _acknowledged;

    /// <summary>Sends the first packets.</summary>
    /// <returns>Everything was sent and acknowledged: only when there was nothing to send.</returns>
    public bool Start() => Go();

    /// <summary>Takes an acknowledgement; any other packet ends the reading.</summary>
    /// <param name="packet">Four bytes: how many bytes have come.</param>
    /// <returns>It is over.</returns>
    public bool Acknowledge(byte[] packet)
    {
        if (packet.Length != 4)
        {
            return true;
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(packet);
        if (count > _sent)
        {
            return true;
        }

        _acknowledged = Math.Max(_acknowledged, (int)count);
        return Go();
    }

    private bool Go()
    {
        while (_sent < length && (_sent - _acknowledged) < (long)maxInFlight * blockLength)
        {
            int count = Math.Min(blockLength, length - _sent);
            chip.Send(Slip.Encode(chip.Flash.Read(offset + _sent, count)));
            _sent += count;
        }

        if (_acknowledged < length)
        {
            return false;
        }

#pragma warning disable CA5351 // What the protocol says.
        chip.Send(Slip.Encode(MD5.HashData(chip.Flash.Read(offset, length))));
#pragma warning restore CA5351
        return true;
    }
}
