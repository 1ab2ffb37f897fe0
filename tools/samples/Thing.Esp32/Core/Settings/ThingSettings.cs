using JamBox.Things.Ota;
using JamBox.Things.Ports;
using JamBox.Things.Text;

namespace JamBox.Things.Settings;

/// <summary>What the thing knows of itself, its networks and its server. Everything is checked before it is stored.</summary>
public sealed class ThingSettings
{
    /// <summary>Wi-Fi networks that are remembered.</summary>
    public const int MaxNetworks = 4;

    /// <summary>Characters of a certificate in PEM.</summary>
    public const int MaxCertificateChars = 4096;

    private const string CertificateBegin = "-----BEGIN CERTIFICATE-----";
    private const string CertificateEnd = "-----END CERTIFICATE-----";

    private const string NotStored = "the store refused";

    private readonly ISettingsStore _store;
    private string _trusted;

    /// <param name="store">Where they are.</param>
    public ThingSettings(ISettingsStore store)
    {
        _store = store;
    }

    /// <summary>Gets the device id; <c>null</c> = not set up.</summary>
    public string DeviceId => _store.Get("device_id");

    /// <summary>Gets the token; <c>null</c> = not set up. It is never shown.</summary>
    public string Token => _store.Get("token");

    /// <summary>Gets the server's name; <c>null</c> = not set up.</summary>
    public string Host => _store.Get("host");

    /// <summary>Gets the server's address as people write it, or <c>null</c>.</summary>
    public string Server => Host == null ? null : (IsSecure ? "https://" : "http://") + Host + ":" + Port;

    /// <summary>Gets the server's port.</summary>
    public int Port => NumberOf("port", 80);

    /// <summary>Gets a value indicating whether the server is spoken to through TLS.</summary>
    public bool IsSecure => _store.Get("tls") == "1";

    /// <summary>Gets a value indicating whether telemetry goes by MQTT; by HTTP if not.</summary>
    public bool UsesMqtt => _store.Get("transport") == "mqtt";

    /// <summary>Gets the broker's port.</summary>
    public int MqttPort => NumberOf("mqtt_port", IsSecure ? 8883 : 1883);

    /// <summary>Gets the first level of the topics.</summary>
    public string Prefix => _store.Get("prefix") ?? "jambox";

    /// <summary>Gets the environment: the second level of most topics.</summary>
    public string Environment => _store.Get("environment") ?? "prod";

    /// <summary>Gets the root certificate as PEM, or <c>null</c>.</summary>
    public string RootCertificate => _store.Get("root");

    /// <summary>Gets the SHA-256 that the root certificate must have, 64 hex digits, or <c>null</c>.</summary>
    public string Pin => _store.Get("pin");

    /// <summary>
    /// Gets what a connection to the server must be checked against: <c>null</c> = no TLS, the root certificate, or empty when there is
    /// none
    /// that may be trusted (none is stored, or it is not the pinned one): then there is no connection.
    /// </summary>
    public string Trusted
    {
        get
        {
            if (!IsSecure)
            {
                return null;
            }

            if (_trusted == null)
            {
                string root = RootCertificate;
                _trusted = root == null || (Pin != null && FingerprintOf(root) != Pin) ? "" : root;
            }

            return _trusted;
        }
    }

    /// <summary>Gets the password of the set-up access point, or <c>null</c> before the first start.</summary>
    public string SetupPassword => _store.Get("ap_password");

    /// <summary>Gets the version whose installation failed here and is not tried again, or <c>null</c>.</summary>
    public string RefusedVersion => _store.Get("refused");

    /// <summary>Gets a value indicating whether the thing knows who it is and where its server is.</summary>
    public bool IsComplete => DeviceId != null && Token != null && Host != null;

    /// <summary>Gets the name of a remembered network.</summary>
    /// <param name="index">0 to <see cref="MaxNetworks"/> − 1.</param>
    /// <returns><c>null</c> = none there.</returns>
    public string NetworkName(int index)
    {
        return _store.Get("ssid" + index);
    }

    /// <summary>Gets the password of a remembered network.</summary>
    /// <param name="index">0 to <see cref="MaxNetworks"/> − 1.</param>
    /// <returns>Empty = an open network.</returns>
    public string NetworkPassword(int index)
    {
        return _store.Get("pass" + index) ?? "";
    }

    /// <summary>Remembers a version that could not be installed.</summary>
    /// <param name="version">The version.</param>
    public void Refuse(string version)
    {
        _store.Set("refused", version);
    }

    /// <summary>Changes a setting.</summary>
    /// <param name="name">Its name, as people write it.</param>
    /// <param name="value">The new value.</param>
    /// <returns>What is wrong, for a person and without the value; <c>null</c> = it is stored.</returns>
    public string Change(string name, string value)
    {
        switch (name)
        {
            case "id":
                return Store("device_id", value, Words.IsWord(value, 40, "_-"), "id: 1 to 40 letters, digits, _ and -");
            case "token":
                return Store("token", value, Words.IsPrintable(value, 128), "token: 1 to 128 printable characters without blanks");
            case "server":
                return ChangeServer(value);
            case "transport":
                return Store(name, value, value == "http" || value == "mqtt", "transport: http or mqtt");
            case "mqtt-port":
                return Store("mqtt_port", value, Words.Number(value, 65535) > 0, "mqtt-port: 1 to 65535");
            case "prefix":
            case "environment":
                bool isLevel = Words.IsWord(value, 32, "_-") && value != "device" && value != "box";
                return Store(name, value, isLevel, name + ": 1 to 32 letters, digits, _ and -, not device or box");
            case "pin":
                _trusted = null;
                return Store(name, value.ToLower(), Words.IsWord(value, 64, "") && value.Length == 64, "pin: 64 hexadecimal digits");
            case "setup-password":
                return Store("ap_password", value, IsPassword(value), "setup-password: 8 to 63 characters");
            default:
                return "no setting of that name";
        }
    }

    /// <summary>Stores the root certificate.</summary>
    /// <param name="pem">PEM; <c>null</c> removes it.</param>
    /// <returns>What is wrong; <c>null</c> = it is stored.</returns>
    public string ChangeRoot(string pem)
    {
        bool isFine = pem == null || (pem.Length <= MaxCertificateChars && FingerprintOf(pem) != null);
        _trusted = null;
        return Store("root", pem, isFine, "root: a certificate in PEM, at most 4096 characters");
    }

    /// <summary>Remembers a network, or changes its password. The one that was remembered first goes when there are too many.</summary>
    /// <param name="ssid">Its name.</param>
    /// <param name="password">Its password; empty = an open network.</param>
    /// <returns>What is wrong; <c>null</c> = it is stored.</returns>
    public string Remember(string ssid, string password)
    {
        if (ssid == null || ssid.Length == 0 || ssid.Length > 32)
        {
            return "wifi: a name of 1 to 32 characters";
        }

        if (password.Length > 0 && !IsPassword(password))
        {
            return "wifi: a password of 8 to 63 characters, or none";
        }

        int at = 0;
        while (at < MaxNetworks && NetworkName(at) != null && NetworkName(at) != ssid)
        {
            at++;
        }

        if (at == MaxNetworks)
        {
            RemoveAt(0);
            at = MaxNetworks - 1;
        }

        return _store.Set("pass" + at, password.Length == 0 ? null : password) && _store.Set("ssid" + at, ssid) ? null : NotStored;
    }

    /// <summary>Forgets a network.</summary>
    /// <param name="ssid">Its name.</param>
    /// <returns>Whether it was there.</returns>
    public bool Forget(string ssid)
    {
        for (int i = 0; i < MaxNetworks; i++)
        {
            if (NetworkName(i) == ssid)
            {
                RemoveAt(i);
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives the SHA-256 of a certificate, as <c>openssl x509 -fingerprint -sha256</c> shows it, without colons.</summary>
    /// <param name="pem">PEM.</param>
    /// <returns>64 lower hex digits; <c>null</c> when it is no PEM.</returns>
    public static string FingerprintOf(string pem)
    {
        int first = pem.IndexOf(CertificateBegin);
        int end = pem.IndexOf(CertificateEnd);
        if (first != 0 || end < 0)
        {
            return null;
        }

        byte[] der = Words.FromBase64(pem, CertificateBegin.Length, end);
        if (der == null || der.Length == 0)
        {
            return null;
        }

        var hash = new Sha256();
        hash.Add(der, der.Length);
        return Words.Hex(hash.Finish(), Sha256.HashBytes);
    }

    private static bool IsPassword(string value)
    {
        if (value.Length < 8 || value.Length > 63)
        {
            return false;
        }

        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (c < ' ' || c > '~')
            {
                return false;
            }
        }

        return true;
    }

    private void RemoveAt(int index)
    {
        for (int i = index; i < MaxNetworks; i++)
        {
            bool isLast = i == MaxNetworks - 1;
            _store.Set("pass" + i, isLast ? null : _store.Get("pass" + (i + 1)));
            _store.Set("ssid" + i, isLast ? null : NetworkName(i + 1));
        }
    }

    private string ChangeServer(string value)
    {
        const string Rule = "server: http://name:port or https://name:port";
        bool isSecure = value.StartsWith("https://");
        if (!isSecure && !value.StartsWith("http://"))
        {
            return Rule;
        }

        string rest = value.Substring(isSecure ? 8 : 7);
        if (rest.Length > 0 && rest[rest.Length - 1] == '/')
        {
            rest = rest.Substring(0, rest.Length - 1);
        }

        int colon = rest.IndexOf(':');
        string host = colon < 0 ? rest : rest.Substring(0, colon);
        int port = colon < 0 ? (isSecure ? 443 : 80) : Words.Number(rest.Substring(colon + 1), 65535);
        if (!Words.IsWord(host, 100, ".-") || port < 1)
        {
            return Rule;
        }

        bool isStored = _store.Set("tls", isSecure ? "1" : "0") && _store.Set("port", port.ToString()) && _store.Set("host", host);
        return isStored ? null : NotStored;
    }

    private string Store(string key, string value, bool isValid, string rule)
    {
        return !isValid ? rule : _store.Set(key, value) ? null : NotStored;
    }

    private int NumberOf(string key, int otherwise)
    {
        int value = Words.Number(_store.Get(key), 65535);
        return value < 1 ? otherwise : value;
    }
}
