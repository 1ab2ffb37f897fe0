using System;

namespace JamBox.Things.Ota;

/// <summary>SHA-256 of what comes in pieces: nanoFramework's class library has none.</summary>
public sealed class Sha256
{
    /// <summary>Bytes of the result.</summary>
    public const int HashBytes = 32;

    private const int BlockBytes = 64;

    private static readonly uint[] s_constants =
    {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    };

    private readonly uint[] _state = new uint[8];
    private readonly uint[] _words = new uint[64];
    private readonly byte[] _block = new byte[BlockBytes];
    private int _filled;
    private long _length;

    /// <summary>Begins.</summary>
    public Sha256()
    {
        Reset();
    }

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        _state[0] = 0x6a09e667;
        _state[1] = 0xbb67ae85;
        _state[2] = 0x3c6ef372;
        _state[3] = 0xa54ff53a;
        _state[4] = 0x510e527f;
        _state[5] = 0x9b05688c;
        _state[6] = 0x1f83d9ab;
        _state[7] = 0x5be0cd19;
        _filled = 0;
        _length = 0;
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">Where they are.</param>
    /// <param name="count">How many, from index 0.</param>
    public void Add(byte[] bytes, int count)
    {
        _length += count;
        int at = 0;
        while (at < count)
        {
            int part = BlockBytes - _filled < count - at ? BlockBytes - _filled : count - at;
            Array.Copy(bytes, at, _block, _filled, part);
            at += part;
            _filled += part;
            if (_filled == BlockBytes)
            {
                Mix();
                _filled = 0;
            }
        }
    }

    /// <summary>Ends it.</summary>
    /// <returns>The hash, 32 bytes.</returns>
    public byte[] Finish()
    {
        long bits = _length * 8;
        _block[_filled++] = 0x80;
        if (_filled > BlockBytes - 8)
        {
            Array.Clear(_block, _filled, BlockBytes - _filled);
            Mix();
            _filled = 0;
        }

        Array.Clear(_block, _filled, BlockBytes - 8 - _filled);
        for (int i = 0; i < 8; i++)
        {
            _block[BlockBytes - 1 - i] = (byte)(bits >> (8 * i));
        }

        Mix();
        var hash = new byte[HashBytes];
        for (int i = 0; i < HashBytes; i++)
        {
            hash[i] = (byte)(_state[i >> 2] >> (24 - ((i & 3) * 8)));
        }

        return hash;
    }

    private void Mix()
    {
        for (int i = 0; i < 16; i++)
        {
            int at = i * 4;
            _words[i] = ((uint)_block[at] << 24) | ((uint)_block[at + 1] << 16) | ((uint)_block[at + 2] << 8) | _block[at + 3];
        }

        for (int i = 16; i < 64; i++)
        {
            uint early = _words[i - 15];
            uint late = _words[i - 2];
            uint s0 = ((early >> 7) | (early << 25)) ^ ((early >> 18) | (early << 14)) ^ (early >> 3);
            uint s1 = ((late >> 17) | (late << 15)) ^ ((late >> 19) | (late << 13)) ^ (late >> 10);
            _words[i] = _words[i - 16] + s0 + _words[i - 7] + s1;
        }

        Rounds();
    }

    private void Rounds()
    {
        uint a = _state[0], b = _state[1], c = _state[2], d = _state[3], e = _state[4], f = _state[5], g = _state[6], h = _state[7];
        for (int i = 0; i < 64; i++)
        {
            uint s1 = ((e >> 6) | (e << 26)) ^ ((e >> 11) | (e << 21)) ^ ((e >> 25) | (e << 7));
            uint first = h + s1 + ((e & f) ^ (~e & g)) + s_constants[i] + _words[i];
            uint s0 = ((a >> 2) | (a << 30)) ^ ((a >> 13) | (a << 19)) ^ ((a >> 22) | (a << 10));
            uint second = s0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + first;
            d = c;
            c = b;
            b = a;
            a = first + second;
        }

        _state[0] += a;
        _state[1] += b;
        _state[2] += c;
        _state[3] += d;
        _state[4] += e;
        _state[5] += f;
        _state[6] += g;
        _state[7] += h;
    }
}
