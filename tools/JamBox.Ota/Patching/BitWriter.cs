namespace JamBox.Ota.Patching;

/// <summary>Bits into bytes, from the highest down.</summary>
internal sealed class BitWriter
{
    private readonly MemoryStream _output = new();
    private uint _held;
    private int _heldBits;

    /// <summary>Writes the low bits of a value, the highest of them first.</summary>
    /// <param name="value">The value.</param>
    /// <param name="bits">At most 16.</param>
    public void Write(int value, int bits)
    {
        _held = (_held << bits) | ((uint)value & ((1u << bits) - 1));
        _heldBits += bits;
        while (_heldBits >= 8)
        {
            _heldBits -= 8;
            _output.WriteByte((byte)(_held >> _heldBits));
        }
    }

    /// <summary>Fills the last byte with zeros.</summary>
    /// <returns>All bytes.</returns>
    public byte[] Finish()
    {
        if (_heldBits > 0)
        {
            Write(0, 8 - _heldBits);
        }

        return _output.ToArray();
    }
}
