using System;
using System.Collections;
using System.IO;
using JamBox.App;
using JamBox.Atoms3.Adapters;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Text;
using nanoFramework.Json;

namespace JamBox.Stock.Adapters;

/// <summary>
/// Identity and settings as files of the internal drive. Who the box is stands in <c>device.json</c>, which <c>nanoff --filedeployment</c>
/// puts there and which is only read here. Every other key is a file of its own: a CRC-32 of the value, then the value. A new value is
/// written beside the old one, which goes only when the new one is there, so that any loss of power leaves one of the two.
/// </summary>
internal sealed class FileStore : IKeyValueStore
{
    /// <summary>The identity: an object of strings and numbers, by the keys of <see cref="BoxIdentity"/>.</summary>
    public const string IdentityPath = Drive + "device.json";

    private const string Drive = "I:\\";
    private const string Extension = ".dat";
    private const string NewExtension = ".new";
    private const int CrcBytes = 4;

    private readonly IFaultReport _faults;
    private readonly Hashtable _identity;
    private bool _isReported;

    /// <summary>Reads the identity.</summary>
    /// <param name="faults">Is told when there is none, or one that cannot be read.</param>
    public FileStore(IFaultReport faults)
    {
        _faults = faults;
        try
        {
            if (File.Exists(IdentityPath))
            {
                _identity = (Hashtable)JsonConvert.DeserializeObject(File.ReadAllText(IdentityPath), typeof(Hashtable));
            }
            else
            {
                faults.Report("ident", null);
            }
        }
        catch (Exception e)
        {
            // No drive, no JSON, or not an object: a box without identity comes up and says so.
            faults.Report("ident", e);
        }
    }

    /// <inheritdoc/>
    public int Get(string key, byte[] buffer)
    {
        if (IsIdentity(key))
        {
            object value = _identity == null ? null : _identity[key];
            bool isPlain = value is string || value is int || value is long;
            return isPlain ? Copy(Ascii.Bytes(value.ToString()), 0, buffer) : -1;
        }

        int length = Read(Drive + key + Extension, buffer);
        return length >= 0 ? length : Read(Drive + key + NewExtension, buffer);
    }

    /// <inheritdoc/>
    public bool Set(string key, byte[] buffer, int count)
    {
        if (IsIdentity(key))
        {
            return false;
        }

        try
        {
            string path = Drive + key + Extension;
            string fresh = Drive + key + NewExtension;
            if (count == 0)
            {
                Remove(fresh);
                Remove(path);
                return true;
            }

            if (!File.Exists(path) && File.Exists(fresh))
            {
                // Power failed between the removal and the move below: the only value there is must not be written over.
                File.Move(fresh, path);
            }

            var record = new byte[CrcBytes + count];
            int crc = (int)Crc32.Compute(buffer, 0, count);
            ByteOrder.WriteInt(record, 0, crc);
            Array.Copy(buffer, 0, record, CrcBytes, count);
            File.WriteAllBytes(fresh, record);
            if (Read(fresh, new byte[count]) != count)
            {
                return false;
            }

            Remove(path);
            File.Move(fresh, path);
            return true;
        }
        catch (Exception e)
        {
            ReportOnce(e);
            return false;
        }
    }

    private static bool IsIdentity(string key)
    {
        return key == BoxIdentity.DeviceIdKey
            || key == BoxIdentity.TokenKey
            || key == BoxIdentity.HostKey
            || key == BoxIdentity.PortKey
            || key == BoxIdentity.ApnKey;
    }

    private static void Remove(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    private static int Copy(byte[] value, int offset, byte[] buffer)
    {
        int length = value.Length - offset;
        if (length > buffer.Length)
        {
            return -1;
        }

        Array.Copy(value, offset, buffer, 0, length);
        return length;
    }

    private int Read(string path, byte[] buffer)
    {
        try
        {
            if (!File.Exists(path))
            {
                return -1;
            }

            byte[] record = File.ReadAllBytes(path);
            if (record.Length <= CrcBytes)
            {
                return -1;
            }

            int crc = (int)Crc32.Compute(record, CrcBytes, record.Length - CrcBytes);
            return ByteOrder.ReadInt(record, 0) == crc ? Copy(record, CrcBytes, buffer) : -1;
        }
        catch (Exception e)
        {
            ReportOnce(e);
            return -1;
        }
    }
    // A drive that fails, fails at every key.
    private void ReportOnce(Exception exception)
    {
        if (!_isReported)
        {
            _isReported = true;
            _faults.Report("files", exception);
        }
    }
}
