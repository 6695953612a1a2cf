using System.Security.Cryptography;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Crypto;

/// <summary>The libraries that the format stands on, against the vectors of their standards; and the format's own forms, against bytes made by another program.</summary>
public sealed class KnownAnswerTests
{
    private const string SealedNote = "4250534f01040000808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f570cf1842895343214da5afb04e816dc59fdfa396af74d";
    private const string KeyFileObject = "4250534b0102000000000000808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fb69e795e6fcdc479a36b64d6f67ae996fd5ef063a00915b0073e74a51aea9d2e39a9e1f0c2de9636b27feceb9c08abfd743591e5c454961917a1a5c9226a592b2376a5ace783b507f00507339db6e34f707490b0095374f60c0197c40f2079b12dfbb172fcfbec1ebf624456edacd8fc4347ac5b8348bc712eb08c44b0e6c076c5e98bb1c598c3b8a01fd1a0181c01e14b90e3527c44a3f0deb164969b352024c9528faaabd6fd5fb49faa59cc98408690273fa28e5312b3e8b2540927f944dbb3f14f21f0a010bf8021698848425808";
    private const string PassphraseObject = "4250534b0101040801000000808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f06c3f1b6bc36b8ad69c8cd9f522199d4fce4e7b3d9fb9245f502035d14348f44bbdba8741ef5e47db77760865984d54548b3b232e483a1896365e85db8f75c48d66f36f8e3debce54867bb071c33d314f591dbc29773a52300332b12d301cf0052efe72238136b6a9b80c5bafa1f37d9167656f8fd5768b2fcb7a7c05d14e8287d470959d2671542bd07033abbba7fc3d0539c07fcea8bb9ce29451f5913e91b0d7dd467f08b5b76dd655615c0b25ebbb6c8cd57b04c582f67784af5d08b374b3d462fe97859616749c3abcca8912951";

    [Fact]
    public void Hkdf_answers_as_RFC_5869_says()
    {
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromHexString("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), 42, FixedKeys.Range(0, 13), FixedKeys.Range(0xF0, 10));
        Assert.Equal("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", Convert.ToHexStringLower(key));
    }

    [Fact]
    public void Hmac_answers_as_RFC_4231_says() =>
        Assert.Equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", Convert.ToHexStringLower(HMACSHA256.HashData("Jefe"u8, "what do ya want for nothing?"u8)));

    [Fact]
    public void Ids_of_blobs_are_truncated_hmacs_under_the_key_of_their_kind()
    {
        Assert.Equal("33ff365513fe9427904b80f451f413da63ea1cdf76dd14d6", FixedKeys.Set.ComputeId(BlobKind.Data, "blob"u8).ToString());
        Assert.Equal("e589d13750bbba06d57ec3fa6b1282b58cb9cd57b4e8e6a7", FixedKeys.Set.ComputeId(BlobKind.Tree, "blob"u8).ToString());
    }

    [Fact]
    public void A_sealed_object_of_another_program_opens() =>
        Assert.Equal("{\"a\":1}"u8.ToArray(), SealedObject.Open(FixedKeys.Set, SealedType.Note, "notes/0123456789abcdef0123456789abcdef.00000007", Convert.FromHexString(SealedNote)));

    [Theory]
    [InlineData(false, PassphraseObject)]
    [InlineData(true, KeyFileObject)]
    public void A_key_object_of_another_program_opens(bool keyFile, string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        RepositorySecret secret = keyFile ? KeyFileSecret.Of(FixedKeys.Range(200, 32)) : RepositorySecret.FromPassphrase("pass\u00e9");
        KeyObject.Check("keys/x", bytes);
        (KeySet keys, byte[] hash) = KeyObject.TryUnwrap(bytes, FixedKeys.RepositoryId, secret)!.Value;
        Assert.Equal(FixedKeys.Set.Sealing, keys.Sealing);
        Assert.Equal(FixedKeys.Set.DataId, keys.DataId);
        Assert.Equal(FixedKeys.Set.TreeId, keys.TreeId);
        Assert.Equal(FixedKeys.Set.Chunking, keys.Chunking);
        Assert.Equal(SHA256.HashData("{\"x\":1}"u8), hash);
    }
}
