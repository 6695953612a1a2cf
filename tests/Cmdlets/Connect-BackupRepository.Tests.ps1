BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $path = Join-Path $TestRoot 'vault'
    $created = New-BackupRepository -Name vault -Path $path -Password (Get-TestPassword)
}

AfterAll { Clear-TestRoot }

Describe 'Connect-BackupRepository' {
    BeforeEach { Disconnect-BackupRepository -Name vault }

    It 'unlocks a registered repository by name' {
        (Connect-BackupRepository -Name vault -Password (Get-TestPassword)).Status | Should -Be 'Unlocked'
    }

    It 'unlocks what comes along the pipeline' {
        (Get-BackupRepository -Name vault | Connect-BackupRepository -Password (Get-TestPassword)).Status | Should -Be 'Unlocked'
    }

    It 'registers a repository on a new host' {
        $kept = $env:BACKUPPS_HOME
        $env:BACKUPPS_HOME = Join-Path $TestRoot 'other-host'
        try {
            $found = Connect-BackupRepository -Name recovered -Path $path -Password (Get-TestPassword)
            $found.RepositoryId | Should -Be $created.RepositoryId
            (Get-BackupRepository).Name | Should -Be 'recovered'
        }
        finally { $env:BACKUPPS_HOME = $kept }
        (Get-BackupRepository).Name | Should -Be 'vault'
    }

    It 'unlocks by path without registering' {
        (Connect-BackupRepository -Path $path -Password (Get-TestPassword)).RepositoryId | Should -Be $created.RepositoryId
        @(Get-BackupRepository).Count | Should -Be 1
    }

    It 'tells a wrong passphrase' {
        { Connect-BackupRepository -Name vault -Password (Get-TestPassword -Text 'wrong horse') -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'WrongKey,*'
        (Get-BackupRepository -Name vault).Status | Should -Be 'Locked'
    }

    It 'tells a damaged key from a wrong one' {
        $copy = Join-Path $TestRoot 'damaged'
        Copy-Item -LiteralPath $path -Destination $copy -Recurse
        $key = Get-ChildItem -LiteralPath (Join-Path $copy 'keys') -File
        $bytes = [IO.File]::ReadAllBytes($key.FullName)
        $bytes[[int]($bytes.Length / 2)] = $bytes[[int]($bytes.Length / 2)] -bxor 1
        if (-not $IsWindows) { [IO.File]::SetUnixFileMode($key.FullName, 'UserRead, UserWrite') }
        [IO.File]::WriteAllBytes($key.FullName, $bytes)
        { Connect-BackupRepository -Path $copy -Password (Get-TestPassword) -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'KeyDamaged,*'
    }

    It 'never asks for a secret: without one it is an error' {
        { Connect-BackupRepository -Name vault -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'SecretMissing,*'
    }

    It 'tells a folder without a repository' {
        Connect-BackupRepository -Path (Join-Path $TestRoot 'nothing') -Password (Get-TestPassword) -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryNotFound,*'
    }
}
