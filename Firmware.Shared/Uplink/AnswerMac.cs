using JamBox.Ports;

namespace JamBox.Uplink;

/// <summary>
/// The proof that an answer was written by whoever has this box's key, for this very request (docs/wire.md, "Authenticated answers"): the
/// first eight bytes of HMAC-SHA-256(key, device id ‖ 0 ‖ nonce ‖ request target ‖ 0 ‖ status as three digits ‖ body).
/// </summary>
/// <remarks>
/// Whoever reads the line has the token, and could fetch an answer ahead of time for anything that can be foreseen; hence a nonce that
/// cannot. One answer at a time, in a context of its own: a hash of an update may be under way meanwhile.
/// </remarks>
public sealed class AnswerMac
{
    /// <summary>Bytes of the key.</summary>
    public const int KeySize = 32;

    /// <summary>
    /// Bytes of the nonce as it is sent: six random ones, and two that say which key the box has, the first of HMAC-SHA-256(key, device
    /// id): the backend may know two, before a new identity reaches the box.
    /// </summary>
    public const int NonceSize = RandomSize + 2;

    /// <summary>Bytes of the MAC.</summary>
    public const int Size = 8;

    private const int RandomSize = 6;
    private const int HashSize = 32;
    private const int StatusDigits = 3;

    private readonly ICryptography _crypto;
    private readonly ISystem _system;
    private readonly byte[] _deviceId;
    private readonly byte[] _key;
    private readonly byte[] _scratch = new byte[HashSize];
    private readonly byte[] _nonce = new byte[NonceSize];
    private readonly byte _keyId0;
    private readonly byte _keyId1;
    private bool _hasStatus;

    /// <param name="crypto">The native HMAC.</param>
    /// <param name="system">Random numbers.</param>
    /// <param name="deviceId">Who the box is, ASCII.</param>
    /// <param name="key">The key, <see cref="KeySize"/> bytes; it is never sent.</param>
    public AnswerMac(ICryptography crypto, ISystem system, byte[] deviceId, byte[] key)
    {
        _crypto = crypto;
        _system = system;
        _deviceId = deviceId;
        _key = key;
        crypto.BeginMac(key);
        crypto.AddToMac(deviceId, 0, deviceId.Length);
        crypto.EndMac(_scratch);
        _keyId0 = _scratch[0];
        _keyId1 = _scratch[1];
    }

    /// <summary>Gets the nonce of the request under way, <see cref="NonceSize"/> bytes; it changes with <see cref="Begin"/>.</summary>
    public byte[] Nonce => _nonce;

    /// <summary>Begins a request: makes its nonce, and takes what of the MAC is known before the answer.</summary>
    /// <param name="buffer">Where the request target (path and query, as sent) stands.</param>
    /// <param name="offset">Its first index.</param>
    /// <param name="count">Its bytes.</param>
    public void Begin(byte[] buffer, int offset, int count)
    {
        _system.Random(_nonce);
        _nonce[RandomSize] = _keyId0;
        _nonce[RandomSize + 1] = _keyId1;
        _crypto.BeginMac(_key);
        _crypto.AddToMac(_deviceId, 0, _deviceId.Length);
        AddZero();
        _crypto.AddToMac(_nonce, 0, NonceSize);
        _crypto.AddToMac(buffer, offset, count);
        AddZero();
        _hasStatus = false;
    }

    /// <summary>Takes a piece of a body that is longer than its buffer; what is left of it is for <see cref="IsGood"/>.</summary>
    /// <param name="status">The status of the answer, 200…599.</param>
    /// <param name="piece">Where the piece is, from index 0.</param>
    /// <param name="count">Its bytes.</param>
    public void Add(int status, byte[] piece, int count)
    {
        AddStatus(status);
        _crypto.AddToMac(piece, 0, count);
    }

    /// <summary>Checks the answer to what <see cref="Begin"/> began; once for each.</summary>
    /// <param name="status">Its status, 200…599.</param>
    /// <param name="body">Where its body is, from index 0.</param>
    /// <param name="count">Bytes of the body.</param>
    /// <param name="mac">Where its MAC is.</param>
    /// <param name="offset">First index of the MAC; <see cref="Size"/> bytes must be there.</param>
    /// <returns><c>true</c> only for the right one.</returns>
    public bool IsGood(int status, byte[] body, int count, byte[] mac, int offset)
    {
        AddStatus(status);
        _crypto.AddToMac(body, 0, count);
        _crypto.EndMac(_scratch);

        // All bytes always: how long it takes says nothing about where they differ.
        int differences = 0;
        for (int i = 0; i < Size; i++)
        {
            differences |= _scratch[i] ^ mac[offset + i];
        }

        return differences == 0;
    }

    private void AddStatus(int status)
    {
        if (_hasStatus)
        {
            return;
        }

        _hasStatus = true;
        int rest = status;
        for (int i = StatusDigits - 1; i >= 0; i--)
        {
            _scratch[i] = (byte)('0' + (rest % 10));
            rest /= 10;
        }

        _crypto.AddToMac(_scratch, 0, StatusDigits);
    }

    private void AddZero()
    {
        _scratch[0] = 0;
        _crypto.AddToMac(_scratch, 0, 1);
    }
}

/// <summary>Whether an answer may be obeyed.</summary>
public enum AnswerTrust
{
    /// <summary>There is no answer, or the box has no key: nothing is asked of answers.</summary>
    None,

    /// <summary>It bears the right MAC.</summary>
    Good,

    /// <summary>
    /// It bears none, or a wrong one: a server that lost the key, a proxy, or somebody on the line. Nothing is done because of it.
    /// </summary>
    Bad,
}
